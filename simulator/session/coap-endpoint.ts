/**
 * One UDP socket that many CoAP devices share (RFC 7252): tokens tell their exchanges apart, so a thousand devices do not need a
 * thousand sockets. It repeats what is not acknowledged and recognises what comes twice. Not made of the package `coap`, whose
 * client acknowledges by itself, so that no fault could keep it from doing so, and which loses a message of the server whose id
 * happens to be that of a request under way.
 */
import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { COAP_CODE, COAP_TYPE, type CoapMessage, readMessage, writeEmpty, writeRequest } from "./coap-message.ts";

/** Who asked. */
export interface CoapExchange {
  /** A response; a confirmable one is acknowledged by `acknowledge`, and told once however often it is repeated. */
  answered(message: CoapMessage): void;
  /** Nobody answers, or the server rejects. */
  failed(reason: string): void;
}

export interface CoapSending {
  readonly code: number;
  readonly path: readonly string[];
  readonly observe?: 0 | 1;
  readonly payload?: Uint8Array;
  readonly confirmable: boolean;
}

interface Unacknowledged {
  readonly bytes: Buffer;
  readonly token: number;
  tries: number;
  timer: NodeJS.Timeout | undefined;
}

/** ACK_TIMEOUT times ACK_RANDOM_FACTOR, and MAX_RETRANSMIT (RFC 7252, 4.8). */
const FIRST_WAIT_MS = 3_000;
const MOST_REPETITIONS = 4;
/** Ids of the server's last messages are kept, to know a repetition. */
const REMEMBERED = 2_048;

export class CoapEndpoint {
  readonly #exchanges = new Map<number, CoapExchange>();
  readonly #unacknowledged = new Map<number, Unacknowledged>();
  /** Ids of the server's confirmable messages, and whether they have been acknowledged. */
  readonly #heard = new Map<number, boolean>();
  readonly #waiting: Buffer[] = [];
  #socket: Socket | undefined;
  #isOpen = false;
  #closed = false;
  /** Not those of an earlier endpoint that had the same port (RFC 7252, 4.4). */
  #messageId = randomInt(2 ** 16);
  #token = randomInt(2 ** 32);

  constructor(host: string, port: number) {
    this.#open(host, port).catch((error: NodeJS.ErrnoException) => this.#failAll(error.code ?? error.message));
  }

  /** Tokens that are in use; a socket has 65,536 message ids for about a minute, so devices are spread over several. */
  get size(): number {
    return this.#exchanges.size;
  }

  /** Sends a request; `token` is that of an exchange to go on with. Returns the exchange's token. */
  send(sending: CoapSending, exchange: CoapExchange, token = this.#nextToken()): number {
    this.#messageId = (this.#messageId + 1) & 0xffff;
    const messageId = this.#messageId;
    const { code, path, observe, payload, confirmable } = sending;
    const type = confirmable ? COAP_TYPE.con : COAP_TYPE.non;
    const bytes = writeRequest({ type, code, messageId, token, observe, path, payload });
    this.#exchanges.set(token, exchange);
    if (confirmable) {
      const unacknowledged = { bytes, token, tries: 0, timer: undefined };
      this.#unacknowledged.set(messageId, unacknowledged);
      this.#repeatLater(messageId, unacknowledged);
    }
    this.#write(bytes);
    return token;
  }

  /** Acknowledges a confirmable message. */
  acknowledge(messageId: number): void {
    this.#heard.set(messageId, true);
    this.#write(writeEmpty(COAP_TYPE.ack, messageId));
  }

  /** The exchange is over: what still comes for it is rejected, which tells the server (RFC 7641, 3.6). */
  forget(token: number): void {
    this.#exchanges.delete(token);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#unacknowledged.values()) clearTimeout(timer);
    this.#unacknowledged.clear();
    const socket = this.#socket;
    // Datagrams leave on the next turn of the loop, last words among them.
    if (socket !== undefined) setImmediate(() => setImmediate(() => socket.close()));
  }

  async #open(host: string, port: number): Promise<void> {
    const { address, family } = await lookup(host);
    if (this.#closed) return;
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    this.#socket = socket;
    socket.on("message", (bytes) => {
      const message = readMessage(bytes);
      if (message !== undefined) this.#receive(message);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => this.#refused(error.code ?? error.message));
    // Connected, so that a port on which nobody listens is heard of.
    socket.connect(port, address, () => {
      this.#isOpen = true;
      for (const bytes of this.#waiting.splice(0)) this.#write(bytes);
    });
  }

  #write(bytes: Buffer): void {
    if (!this.#isOpen) this.#waiting.push(bytes);
    else if (!this.#closed)
      this.#socket?.send(bytes, (error) => {
        if (error !== null) this.#refused((error as NodeJS.ErrnoException).code ?? error.message);
      });
  }

  #receive(message: CoapMessage): void {
    const { type, code, messageId } = message;
    if (type === COAP_TYPE.ack || type === COAP_TYPE.reset) {
      const sent = this.#settle(messageId);
      if (type === COAP_TYPE.reset) {
        if (sent !== undefined) this.#fail(sent.token, "rejected");
        return;
      }
    }
    if (code === COAP_CODE.empty) return;
    if (type === COAP_TYPE.con && this.#isRepetition(messageId)) return;
    const exchange = message.token === undefined ? undefined : this.#exchanges.get(message.token);
    if (exchange !== undefined) exchange.answered(message);
    else if (type !== COAP_TYPE.ack) this.#write(writeEmpty(COAP_TYPE.reset, messageId));
  }

  /** Acknowledges once more what was acknowledged; what was not stays so. */
  #isRepetition(messageId: number): boolean {
    const acknowledged = this.#heard.get(messageId);
    if (acknowledged === undefined) {
      this.#heard.set(messageId, false);
      if (this.#heard.size > REMEMBERED) this.#heard.delete(this.#heard.keys().next().value as number);
      return false;
    }
    if (acknowledged) this.acknowledge(messageId);
    return true;
  }

  #settle(messageId: number): Unacknowledged | undefined {
    const sent = this.#unacknowledged.get(messageId);
    clearTimeout(sent?.timer);
    this.#unacknowledged.delete(messageId);
    return sent;
  }

  #repeatLater(messageId: number, sent: Unacknowledged): void {
    sent.timer = setTimeout(
      () => {
        if (++sent.tries > MOST_REPETITIONS) {
          this.#settle(messageId);
          this.#fail(sent.token, "no answer");
          return;
        }
        this.#write(sent.bytes);
        this.#repeatLater(messageId, sent);
      },
      FIRST_WAIT_MS * 2 ** sent.tries,
    ).unref();
  }

  /** The other side has no such port: whatever waits for an answer has none. */
  #refused(reason: string): void {
    for (const [messageId, { token }] of [...this.#unacknowledged]) {
      this.#settle(messageId);
      this.#fail(token, reason);
    }
  }

  #failAll(reason: string): void {
    this.#refused(reason);
    for (const token of [...this.#exchanges.keys()]) this.#fail(token, reason);
  }

  #fail(token: number, reason: string): void {
    const exchange = this.#exchanges.get(token);
    this.#exchanges.delete(token);
    exchange?.failed(reason);
  }

  #nextToken(): number {
    this.#token = (this.#token + 1) >>> 0;
    return this.#token;
  }
}
