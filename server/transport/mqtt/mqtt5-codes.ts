/** DISCONNECT, SUBACK and UNSUBACK codes of MQTT 5, and which packets of a client earn one (contract 6.2, 6.3). */
import type { Packet } from "mqtt-packet";
import type { CloseReason } from "../session-registry.ts";
import type { UnsubscribeAnswer } from "./device-session.ts";

export const DISCONNECT = {
  normal: 0x00,
  malformed: 0x81,
  protocolError: 0x82,
  tooManyEarly: 0x97,
  inactive: 0xa0,
} as const;

export const DISCONNECT_OF_CLOSE: Readonly<Record<CloseReason, number>> = {
  taken_over: 0x8e,
  administrative: 0x98,
  shutting_down: 0x8b,
};

export const FILTER_REFUSED = 0x8f;

export const UNSUBACK: Readonly<Record<UnsubscribeAnswer, number>> = {
  done: 0x00,
  no_subscription: 0x11,
  invalid_filter: FILTER_REFUSED,
};

/** Whether the codec let something through that MQTT forbids: it takes a missing packet id, wildcards in topics and empty lists. */
export function isMalformed(packet: Packet): boolean {
  switch (packet.cmd) {
    case "publish":
      return /[+#]/.test(packet.topic) || (packet.qos > 0 && !isPacketId(packet.messageId));
    case "subscribe":
      return packet.subscriptions.length === 0 || !isPacketId(packet.messageId);
    case "unsubscribe":
      return packet.unsubscriptions.length === 0 || !isPacketId(packet.messageId);
    default:
      return false;
  }
}

function isPacketId(id: number | undefined): boolean {
  return id !== undefined && id > 0;
}
