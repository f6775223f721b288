/** What a device's PUBLISH came to, before any MQTT version says it in its own codes (contract 6.5, 8.3). */
import type { MessageMeter } from "./message-limits.ts";

/**
 * - `accepted`: dealt with; PUBACK.
 * - `unknown_topic`: nothing reads it. 3.x: PUBACK (Tempus: closed). 5: PUBACK 0x90.
 * - `malformed`: not the JSON, or not the id, it had to be. 3.x: closed. 5: PUBACK 0x99, or closed with 0x99 at QoS 0.
 * - `invalid_request`: a client-side call without method or with a bad id. 3.x: closed. 5: closed with 0x8B.
 * - `wrong_shape`: JSON of a gateway that lacks what it needs. 3.x: PUBACK, then closed. 5: PUBACK 0x83, then closed with 0x83.
 * - `failed`: a gateway's device could not be made or opened. 3.x: PUBACK. 5: PUBACK 0x80.
 * - `fault`: reading it threw, which is our fault. Closed; 5: with 0x83.
 * - `forbidden_topic`: not for a connection that only provisions. 3.x: PUBACK, then closed. 5: PUBACK 0x90, then closed with 0x90.
 * - `over_limit`: a message too many (S20). 3.x: closed. 5: closed with 0x83.
 * - `sub_device_over_limit`: of a gateway's device. 3.x: PUBACK, then closed. 5: PUBACK 0x97, then closed with 0x83.
 * - `dropped`: no PUBACK at all (a gateway topic from a device that is none).
 */
export type PublishVerdict =
  | "accepted"
  | "unknown_topic"
  | "forbidden_topic"
  | "malformed"
  | "invalid_request"
  | "wrong_shape"
  | "failed"
  | "fault"
  | "over_limit"
  | "sub_device_over_limit"
  | "dropped";

/** A connection as the reader of a publish sees it. */
export interface DeviceConnection {
  /** Id of the device it was authenticated as. */
  readonly device: string;
  readonly meter: MessageMeter;
  /** MQTT 5: it understands notices about the devices behind it (contract 8.1). */
  readonly takesNotices: boolean;
  /** Publishes to this connection: at the QoS of its matching subscription, at 1 when it has none. */
  publish(topic: string, payload: string): void;
}

/** One publish of a device, with its topic as it came. */
export interface DevicePublication {
  readonly topic: string;
  readonly payload: string;
}

/** Something that reads publishes on topics of its own: undefined when the topic is not one of them. */
export interface PublishReader {
  read(connection: DeviceConnection, publication: DevicePublication): PublishVerdict | undefined;
  /** The connection is over. */
  ended(connection: DeviceConnection): void;
}
