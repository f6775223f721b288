/** A connection of any kind (TCP, TLS, WebSocket) before its first packet is read, and how it is told which MQTT it speaks. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Arrival {
  /** MQTT's bytes. */
  readonly stream: Duplex;
  /** What carries them; it knows how much has come. */
  readonly socket: Socket;
  /** SHA3-256 of the client's certificate, when it has shown one. */
  readonly certificate: string | undefined;
}

const CONNECT = 0x10;
const LONGEST_LENGTH_BYTES = 4;
/** `MQTT` and, in 3.1, `MQIsdp`. */
const NAME_LENGTHS = [4, 6];
const BRIDGE_FLAG = 0x80;

/** The protocol version of the CONNECT that `bytes` begin with. */
export function readConnectVersion(bytes: Buffer): number | "incomplete" | "invalid" {
  if (bytes.length === 0) return "incomplete";
  if (bytes[0] !== CONNECT) return "invalid";
  let at = 1;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  if (at > LONGEST_LENGTH_BYTES) return "invalid";
  at++;
  if (bytes.length < at + 2) return "incomplete";
  const nameLength = bytes.readUInt16BE(at);
  if (!NAME_LENGTHS.includes(nameLength)) return "invalid";
  const version = bytes[at + 2 + nameLength];
  return version === undefined ? "incomplete" : version & ~BRIDGE_FLAG;
}

/**
 * Reads until the version is known and says so once, with what was read put back. Says nothing when the connection ends before.
 */
export function peekVersion(stream: Duplex, known: (version: number | "invalid") => void): void {
  let head: Buffer = Buffer.alloc(0);
  const read = (): void => {
    const bytes: Buffer | null = stream.read();
    if (bytes === null) return;
    head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
    const version = readConnectVersion(head);
    if (version === "incomplete") return;
    stream.off("readable", read);
    stream.unshift(head);
    known(version);
  };
  stream.on("readable", read);
}

/** `transport.mqtt.disconnect_timeout` (contract 15) */
const DISCONNECT_TIMEOUT_MS = 1_000;

/**
 * Ends a stream after what was written; what still comes is discarded. The peer is given a moment to read it: closing with bytes of its own unread would take it away.
 */
export function endAfterWrites(stream: Duplex): void {
  if (stream.writableEnded) return;
  stream.removeAllListeners("readable");
  stream.resume();
  stream.end();
  const timer = setTimeout(() => stream.destroy(), DISCONNECT_TIMEOUT_MS);
  stream.once("close", () => clearTimeout(timer));
}
