/** What the MQTT transport is made of, shared by the versions. */
import type { LiveDriver } from "../../driver.ts";
import type { MessageLimits } from "../message-limits.ts";
import type { CredentialsLookup } from "./credentials.ts";
import type { DeviceSessionOptions } from "./device-session.ts";
import type { Provisioning } from "./provision-session.ts";

export interface MqttOptions extends DeviceSessionOptions {
  readonly credentials: CredentialsLookup;
  readonly driver: Pick<LiveDriver, "reply" | "acknowledged">;
  readonly limits: Pick<MessageLimits, "of">;
  readonly drainTimeoutMs: number;
  /** A connection whose device has sent nothing for this long is closed (`transport.sessions.inactivity_timeout`). */
  readonly inactivityTimeoutMs: number;
  /** Packet ids start again after 65,535 (quirk packet-id-no-wrap: they do not). */
  readonly wrapsPacketIds: boolean;
  /** Undefined: there is none, and `provision` is a name like any other. */
  readonly provisioning: Provisioning | undefined;
}

/** A client that connects slowly is given this long. */
export const CONNECT_TIMEOUT_MS = 30_000;
/** `transport.mqtt.msg_queue_size_per_device_limit`: packets that may wait for the CONNACK. */
export const LARGEST_EARLY_QUEUE = 100;
