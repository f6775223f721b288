/**
 * One device of the CoAP device API (contract 10.1): an observation of its requests, and POSTs for all it says. A request's
 * acknowledgement is the device's to send or to keep, when the observation is confirmable (quality of service 1).
 *
 * What CoAP has not: pings, topics, retained messages, a connection to end by FIN or RST, replies in pieces or with bytes damaged
 * (a datagram is whole or absent). A fault that asks for one of them leaves the reply as it is. A device that is gone without a word
 * rejects what still comes for it (RFC 7641, 3.6), as one that was switched off and on does.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import type { CoapEndpoint } from "./coap-endpoint.ts";
import { COAP_CODE, COAP_TYPE, type CoapMessage, codeText } from "./coap-message.ts";
import { commandId } from "./command-id.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "./session.ts";

export interface CoapSessionOptions {
  readonly endpoint: CoapEndpoint;
  readonly token: string;
}

const REFUSED: ReadonlySet<string> = new Set(["4.01", "4.03", "4.04"]);

export class CoapSession implements Session {
  readonly #options: CoapSessionOptions;
  readonly #listener: SessionListener;
  #path: readonly string[] = [];
  #confirmable = true;
  /** There is a connection, as far as a device can tell. */
  #isOpen = false;
  /** The observation. */
  #observation: number | undefined;
  #mute = false;
  #deaf = false;
  #unread = false;
  /** Counts connections, so that what is meant for one is not done to the next. */
  #life = 0;

  constructor(options: CoapSessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
  }

  connect({ token, qos, handshake, subscribeAfter }: ConnectSettings): void {
    this.#forget();
    const life = ++this.#life;
    this.#path = ["api", "v1", token ?? this.#options.token];
    this.#confirmable = qos === 1;
    this.#mute = false;
    this.#deaf = false;
    this.#unread = false;
    this.#isOpen = handshake !== undefined;
    if (handshake === undefined) return;
    const wait = (handshake + (subscribeAfter ?? 0)) / MILLISECOND;
    if (subscribeAfter === undefined) queueMicrotask(() => this.#listener.connected());
    else if (wait === 0) this.#observe();
    else {
      setTimeout(() => {
        if (this.#life === life && this.#isOpen) this.#observe();
      }, wait).unref();
    }
  }

  acknowledge(delivery: number): void {
    if (!this.#mute) this.#options.endpoint.acknowledge(delivery);
  }

  reply({ requestId, payload, address }: OutgoingReply): boolean {
    const id = String(address?.requestId ?? requestId);
    return this.#post(["rpc", id], payload, () => undefined);
  }

  request(requestId: number, payload: string): boolean {
    return this.#post(["rpc"], payload, ({ code, payload: answer }) => {
      const text = codeText(code);
      const isError = !text.startsWith("2.") && !answer.includes('"error"');
      if (this.#hears) this.#listener.answer(requestId, isError ? JSON.stringify({ error: text }) : answer);
    });
  }

  telemetry(payload: string): boolean {
    return this.#post(["telemetry"], payload, () => undefined);
  }

  ping(): void {}

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
  }

  reading(on: boolean): void {
    this.#unread = !on;
  }

  subscribe(on: boolean): void {
    if (on) this.#observe();
    else this.#cancel();
  }

  end(how: EndHow): void {
    if (!this.#isOpen) return;
    if (how === "disconnect") this.#cancel();
    this.#over(how === "vanish" ? "vanished" : ENDED_BY_DEVICE);
  }

  dispose(): void {}

  get #hears(): boolean {
    return !this.#deaf && !this.#unread;
  }

  /** GET with Observe 0; the token is the observation's from now on. */
  #observe(): void {
    if (this.#mute) return;
    const path = [...this.#path, "rpc"];
    const life = this.#life;
    this.#observation = this.#options.endpoint.send(
      { code: COAP_CODE.get, path, observe: 0, confirmable: this.#confirmable },
      {
        answered: (message) => {
          if (this.#life === life) this.#hear(message);
        },
        failed: this.#lost(),
      },
    );
  }

  /** GET with Observe 1 and the observation's token (RFC 7641, 3.6). */
  #cancel(): void {
    const { endpoint } = this.#options;
    const token = this.#observation;
    if (token === undefined || this.#mute) return;
    this.#observation = undefined;
    const done = (): void => endpoint.forget(token);
    const path = [...this.#path, "rpc"];
    const exchange = { answered: done, failed: done };
    endpoint.send({ code: COAP_CODE.get, path, observe: 1, confirmable: this.#confirmable }, exchange, token);
  }

  #hear(message: CoapMessage): void {
    if (!this.#hears) return;
    const { type, code, messageId, observe, payload } = message;
    const delivery = type === COAP_TYPE.con ? messageId : undefined;
    // A response without the option is the observation's last (RFC 7641, 4.2).
    if (observe === undefined) {
      if (delivery !== undefined) this.acknowledge(delivery);
      const text = codeText(code);
      this.#over(REFUSED.has(text) ? `refused: ${text}` : `the observation ended with ${text}`);
    } else if (payload === "") {
      if (delivery !== undefined) this.acknowledge(delivery);
      this.#listener.connected();
      this.#listener.ready();
    } else {
      const id = commandId(payload);
      if (id !== undefined) this.#listener.request(id, payload, delivery);
      else if (delivery !== undefined) this.acknowledge(delivery);
    }
  }

  #post(path: readonly string[], payload: string | Uint8Array, answered: (message: CoapMessage) => void): boolean {
    if (!this.#isOpen) return false;
    if (this.#mute) return true;
    const { endpoint } = this.#options;
    const code = COAP_CODE.post;
    const bytes = Buffer.from(payload as Uint8Array);
    const sending = { code, path: [...this.#path, ...path], payload: bytes, confirmable: this.#confirmable };
    const token = endpoint.send(sending, {
      answered: (message) => {
        if (message.type === COAP_TYPE.con) endpoint.acknowledge(message.messageId);
        endpoint.forget(token);
        answered(message);
      },
      failed: this.#lost(),
    });
    return true;
  }

  /** A server that does not answer is a connection that is lost, if it is still the same one by then. */
  #lost(): (reason: string) => void {
    const life = this.#life;
    return (reason) => {
      if (this.#life === life && this.#isOpen) this.#over(reason);
    };
  }

  #forget(): void {
    if (this.#observation !== undefined) this.#options.endpoint.forget(this.#observation);
    this.#observation = undefined;
  }

  #over(reason: string): void {
    this.#forget();
    this.#isOpen = false;
    this.#life++;
    this.#listener.closed(reason);
  }
}
