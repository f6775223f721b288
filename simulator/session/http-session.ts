/**
 * One device of the HTTP device API (contract section 9): a connection that asks for the next command and waits, and POSTs for all
 * the device says. A poll hands out the oldest unanswered command, so the device asks again when it has answered, or after a while
 * when it has not (contract 9.2).
 *
 * What HTTP has not: acknowledgements (handing out is delivery), pings, topics, retained messages, replies in pieces or with bytes
 * damaged. A fault that asks for one of them leaves the reply as it is. Whether a connection ends with FIN or RST makes no
 * difference to the server; one that vanishes goes on polling for a device that does not listen.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { type ConnectionOwner, FREE, HttpConnection } from "../caller/http-connection.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { commandId } from "./command-id.ts";
import { type HttpPool, postText } from "./http-pool.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "./session.ts";

export interface HttpSessionOptions {
  readonly url: URL;
  readonly token: string;
  /** How long a poll may wait for a command. */
  readonly pollMs: number;
  /** For what is sent while the device's own connection waits. */
  readonly pool: HttpPool;
}

/** What the device's own connection carries. */
const POLL = 0;
const REPLY = 1;
/** So long a device that does not answer its command waits before it asks for the next. */
const PATIENCE_MS = 1_000;

export class HttpSession implements Session, ConnectionOwner {
  readonly #options: HttpSessionOptions;
  readonly #listener: SessionListener;
  #connection: HttpConnection | undefined;
  #path = "";
  /** Asked at least once on this connection. */
  #asked = false;
  /** Commands are wanted. */
  #subscribed = false;
  /** The command that was handed out and is not answered. */
  #command: number | undefined;
  #patience: NodeJS.Timeout | undefined;
  #mute = false;
  #deaf = false;
  #unread = false;
  #vanished: HttpConnection[] = [];

  constructor(options: HttpSessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  connect({ token, handshake, subscribeAfter }: ConnectSettings): void {
    if (this.#connection !== undefined) this.#vanished.push(this.#connection);
    const connection = this.#open();
    this.#path = `/api/v1/${encodeURIComponent(token ?? this.#options.token)}/rpc`;
    this.#asked = false;
    this.#subscribed = subscribeAfter !== undefined;
    this.#command = undefined;
    this.#mute = false;
    this.#deaf = false;
    this.#unread = false;
    if (handshake === undefined) return;
    const wait = (handshake + (subscribeAfter ?? 0)) / MILLISECOND;
    if (!this.#subscribed) queueMicrotask(() => this.#listener.connected());
    else if (wait === 0) this.#poll();
    else {
      setTimeout(() => {
        if (this.#connection === connection) this.#poll();
      }, wait).unref();
    }
  }

  acknowledge(): void {}

  reply({ requestId, payload, address }: OutgoingReply): boolean {
    const connection = this.#connection;
    if (connection === undefined) return false;
    if (this.#mute) return true;
    const text = typeof payload === "string" ? payload : Buffer.from(payload).toString();
    const request = postText(this.#options.url, `${this.#path}/${address?.requestId ?? requestId}`, text);
    if (connection.call === FREE && connection.usable) connection.send(REPLY, request);
    else this.#options.pool.send(request, () => undefined);
    if (requestId === this.#command) this.#forgetCommand();
    return true;
  }

  request(requestId: number, payload: string): boolean {
    if (this.#connection === undefined) return false;
    if (this.#mute) return true;
    this.#options.pool.send(postText(this.#options.url, this.#path, payload), (status, body) => {
      if (status === 0 || !this.#hears) return;
      this.#listener.answer(requestId, status === 200 ? body : errorOf(status, body));
    });
    return true;
  }

  telemetry(payload: string): boolean {
    if (this.#connection === undefined) return false;
    const path = this.#path.replace(/rpc$/, "telemetry");
    if (!this.#mute) this.#options.pool.send(postText(this.#options.url, path, payload), () => undefined);
    return true;
  }

  ping(): void {}

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
    if (!on) this.#poll();
  }

  reading(on: boolean): void {
    this.#unread = !on;
    if (on) this.#poll();
  }

  subscribe(on: boolean): void {
    this.#subscribed = on;
    if (on) this.#poll();
    else if (this.#connection?.call === POLL) {
      this.#connection.close();
      this.#connection = this.#open();
    }
  }

  end(how: EndHow): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (how === "vanish") this.#vanished.push(connection);
    else connection.close();
    this.#over(how === "vanish" ? "vanished" : ENDED_BY_DEVICE);
  }

  dispose(): void {
    for (const connection of this.#vanished) connection.close();
    this.#vanished = [];
  }

  /** From a connection: the request is about to leave. */
  onSend(call: number): void {
    if (call !== POLL || this.#asked) return;
    this.#asked = true;
    this.#listener.connected();
    this.#listener.ready();
  }

  onAnswer(connection: HttpConnection, call: number, { status, body }: { status: number; body: string }): void {
    if (connection !== this.#connection) return;
    if (call === POLL && status !== 408) this.#polled(status, body);
    else this.#poll();
  }

  onFailure(connection: HttpConnection, _call: number, reason: string): void {
    this.#vanished = this.#vanished.filter((each) => each !== connection);
    if (connection === this.#connection) this.#over(reason);
  }

  get #hears(): boolean {
    return !this.#deaf && !this.#unread;
  }

  #open(): HttpConnection {
    this.#connection = new HttpConnection(this.#options.url, this);
    return this.#connection;
  }

  #polled(status: number, body: string): void {
    if (status !== 200) {
      this.#connection?.close();
      this.#over(status === 401 || status === 403 ? `refused: status ${status}` : `status ${status}`);
      return;
    }
    const command = this.#hears ? commandId(body) : undefined;
    // Handed out once more, because it is still the oldest without an answer.
    const repeated = command !== undefined && command === this.#command;
    this.#command = command;
    this.#patience = setTimeout(() => this.#poll(), PATIENCE_MS).unref();
    if (command !== undefined && !repeated) this.#listener.request(command, body, undefined);
  }

  /** Asks for the next command, unless it is asked for already. */
  #poll(): void {
    clearTimeout(this.#patience);
    if (this.#connection === undefined || !this.#subscribed || this.#mute) return;
    if (this.#connection.call !== FREE) return;
    const connection = this.#connection.usable ? this.#connection : this.#open();
    const { url, pollMs } = this.#options;
    connection.send(POLL, `GET ${this.#path}?timeout=${pollMs} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
  }

  /** The command is answered: the next one may come. When the answer went by the device's own connection, its end asks. */
  #forgetCommand(): void {
    this.#command = undefined;
    this.#poll();
  }

  #over(reason: string): void {
    clearTimeout(this.#patience);
    this.#connection = undefined;
    this.#listener.closed(reason);
  }
}

/** An answer with a status of refusal counts as an error even when it says nothing (contract 9.1). */
function errorOf(status: number, body: string): string {
  return body.includes('"error"') ? body : JSON.stringify({ error: `status ${status}` });
}
