/**
 * D14: the connection is there and nothing is said on it: accept queues and handshake timers of the server fill. A server should
 * close a connection that brings no CONNECT in reasonable time (MQTT 3.1.1, section 3.1.4). The stall is before CONNECT; a fleet
 * whose devices use no TLS has no handshake before that.
 */
import type { FaultKind } from "./device-fault.ts";

const FOR_EVER = -1;

/** CONNECT comes `by` after the connection was made; without it, never. */
export const handshakeStall: FaultKind = {
  name: "handshake_stall",
  id: "D14",
  standard: "handshake delay",
  does: "says nothing on a new connection until `by` (never)",
  arguments: ["by"],
  read: (reader) => {
    const by = reader.duration("by", 1, FOR_EVER);
    return { connect: (settings) => ({ ...settings, handshake: by === FOR_EVER ? undefined : by }) };
  },
};
