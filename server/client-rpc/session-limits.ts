/**
 * What `getSessionLimits` is answered with (contract 7.2). Client libraries wait for it before they work, so it is always answered.
 * A null limit means unlimited.
 */
import type { Json } from "../../protocol/message.ts";

export const SESSION_LIMITS_METHOD = "getSessionLimits";

/** `transport.mqtt.netty.max_payload_size` and `transport.mqtt.msg_queue_size_per_device_limit`. */
const MAX_PAYLOAD_BYTES = 65_536;
const MAX_INFLIGHT_MESSAGES = 100;
const UNLIMITED = { messages: null, telemetryMessages: null, telemetryDataPoints: null } as const;

/** For a gateway, `rateLimits` are those of each of its devices, and its own come besides. */
export function sessionLimits(isGateway: boolean): Json {
  const limits = {
    maxPayloadSize: MAX_PAYLOAD_BYTES,
    maxInflightMessages: MAX_INFLIGHT_MESSAGES,
    rateLimits: UNLIMITED,
  };
  return isGateway ? { ...limits, gatewayRateLimits: UNLIMITED } : limits;
}
