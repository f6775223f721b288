/**
 * What `getSessionLimits` is answered with (contract 7.2). Client libraries wait for it before they work, so it is always answered.
 * A null limit means unlimited.
 */
import type { Json } from "../../protocol/message.ts";
import { type Bandwidth, writeRateLimit } from "../rate-limit.ts";
import type { MessageLimitSettings } from "../transport/message-limits.ts";

export const SESSION_LIMITS_METHOD = "getSessionLimits";

/** `transport.mqtt.netty.max_payload_size` and `transport.mqtt.msg_queue_size_per_device_limit`. */
const MAX_PAYLOAD_BYTES = 65_536;
const MAX_INFLIGHT_MESSAGES = 100;

/**
 * For a gateway, `gatewayRateLimits` are those of what it sends for the devices behind it, and `rateLimits` those of what it sends
 * for itself.
 */
export function sessionLimits(settings: MessageLimitSettings, isGateway: boolean): Json {
  const own = isGateway ? settings.gatewayDeviceMessageLimits : settings.deviceMessageLimits;
  const limits = {
    maxPayloadSize: MAX_PAYLOAD_BYTES,
    maxInflightMessages: MAX_INFLIGHT_MESSAGES,
    rateLimits: rateLimits(own),
  };
  return isGateway ? { ...limits, gatewayRateLimits: rateLimits(settings.gatewayMessageLimits) } : limits;
}

/** Telemetry has a count of its own under the same limit; its data points are not counted. */
function rateLimits(bandwidths: readonly Bandwidth[]): Json {
  const limit = bandwidths.length === 0 ? null : writeRateLimit(bandwidths);
  return { messages: limit, telemetryMessages: limit, telemetryDataPoints: null };
}
