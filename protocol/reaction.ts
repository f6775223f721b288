/**
 * The words in which a Behaviour and its Faults speak of one request: what the device would do, what hardship changes of that, and
 * what is left to be done. Data only; the Responder puts them together.
 */
import type { Json } from "./message.ts";
import type { RandomStream } from "./random.ts";
import type { Duration } from "./time.ts";

/** One request as a Behaviour or a Fault sees it. */
export interface RequestContext {
  /** Ordinal of the device in its fleet: the entity of its random draws. */
  readonly device: number;
  /** Index of the Call when the request carries a nonce of this run, else how many requests this device had before. */
  readonly key: number;
  /** 1 for the first request this device received. */
  readonly ordinal: number;
  readonly method: string;
  readonly params: Json;
  /** The id the server gave the request. */
  readonly requestId: number;
  /** Arrival since the run's origin; 0 before it. */
  readonly at: Duration;
}

/** A device's decision for one request: what it says and how long it takes; without a delay it never answers. */
export interface Reaction {
  readonly delay: Duration | undefined;
  readonly reply: Json;
}

/** A device's policy. Draws come from `random`, which the Behaviour positions with `seek`. */
export interface Behaviour {
  react(request: RequestContext, random: RandomStream): Reaction;
  /** The device was switched off and on: what it remembered is gone. */
  forget?(device: number): void;
}

/** Bytes of a reply as they go out, text or not. */
export type Payload = string | Uint8Array;

/** Where a reply goes when it does not go where its request says. What is left out stays as it should be. */
export interface Address {
  /** In the place of the request id, whatever it is. */
  readonly requestId?: string;
  /** The whole topic (or path) instead. */
  readonly topic?: string;
  /** MQTT: the retain flag. */
  readonly retain?: boolean;
}

/** How the packet of a reply is put on the wire. */
export type WireForm =
  /** So many bytes at a time, with a pause between. */
  | { readonly kind: "drip"; readonly bytes: number; readonly pause: Duration }
  /** In two segments, the first ending after so many bytes. */
  | { readonly kind: "split"; readonly at: number }
  /** In one segment with the next packet of this connection, or alone after `within`. */
  | { readonly kind: "coalesce"; readonly within: Duration }
  /** With one bit turned over, counted from the first bit of the packet, modulo its length. */
  | { readonly kind: "flip"; readonly bit: number }
  /** Broken as a packet: a remaining length of five bytes, reserved bits set, packet id 0. */
  | { readonly kind: "malformed"; readonly how: "length" | "reserved" | "packet_id" }
  /** Only its first bytes; then the connection ends. */
  | { readonly kind: "cut"; readonly bytes: number; readonly end: EndHow };

/**
 * How a device's connection ends.
 * - `disconnect`: as the protocol wants it. `fin`: the socket is closed without a word. `reset`: TCP RST.
 * - `vanish`: the socket stays open and silent for ever; the device has forgotten it.
 */
export type EndHow = "disconnect" | "fin" | "reset" | "vanish";

/** What a Fault decides for one request and its reply. */
export type Verdict =
  | { readonly kind: "pass" }
  /** The request never reaches the device: it is not acknowledged, and nothing happens. */
  | { readonly kind: "lose" }
  /** The device acts and never replies. */
  | { readonly kind: "drop" }
  /** The reply leaves this much later, or earlier. */
  | { readonly kind: "add"; readonly delay: Duration }
  /** The device takes so many times as long. */
  | { readonly kind: "scale"; readonly factor: number }
  /** The reply leaves no earlier than this after the request arrived. */
  | { readonly kind: "hold"; readonly until: Duration }
  /** The reply leaves exactly this long after the request arrived. */
  | { readonly kind: "exactly"; readonly after: Duration }
  /** The reply leaves as long after the request arrived as this says, given when it would have; undefined: never. */
  | { readonly kind: "defer"; readonly to: (delay: Duration) => Duration | undefined }
  /** Another reply; the request's nonce is put into it. */
  | { readonly kind: "replace"; readonly reply: Json }
  /** The reply's bytes after this; nothing is put into them. */
  | { readonly kind: "edit"; readonly edit: (payload: Payload) => Payload }
  | { readonly kind: "address"; readonly address: Address }
  /** So many more copies of the reply, `gap` apart. */
  | { readonly kind: "repeat"; readonly copies: number; readonly gap: Duration }
  /** The request is acknowledged so long after it arrived (or never), in a protocol that acknowledges. */
  | { readonly kind: "ack"; readonly after: Duration | undefined }
  /** The request is acknowledged so long after the reply has left; at once when there is none. */
  | { readonly kind: "ack_last"; readonly gap: Duration }
  /** The request arrives so many more times, `gap` apart, and the device acts on each. */
  | { readonly kind: "again"; readonly copies: number; readonly gap: Duration }
  /** So many later replies of the device leave first, but it waits for them no longer than `within`. */
  | { readonly kind: "behind"; readonly replies: number; readonly within: Duration }
  /** The reply passes a link that carries so many bytes of payload in a second, behind those before it. */
  | { readonly kind: "pace"; readonly bytesPerSecond: number }
  | { readonly kind: "wire"; readonly wire: WireForm }
  /** The reply outlives its connection: it is sent after the next one has been made. */
  | { readonly kind: "keep" }
  /** When the reply is due the connection ends: in its place, or right after it. Comes back after a while. */
  | {
      readonly kind: "end";
      readonly how: EndHow;
      readonly instead: boolean;
      readonly reconnectAfter: Duration;
    }
  | { readonly kind: "several"; readonly verdicts: readonly Verdict[] };

export const PASS: Verdict = { kind: "pass" };

export interface Fault {
  readonly name: string;
  /** Absent: the fault is about connections, not about requests. */
  readonly judge?: ((request: RequestContext, random: RandomStream) => Verdict) | undefined;
  /** Its verdict on a request changed nothing: it did not fire after all. */
  readonly spared?: (() => void) | undefined;
}
