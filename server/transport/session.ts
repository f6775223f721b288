/**
 * One device's live connection: what it may be sent, and how a request reaches its socket. A socket that stays full for the drain
 * timeout is destroyed, so that a device that does not read costs memory for a moment and never another device's time.
 */
import type { Socket } from "node:net";
import { encodeRequest } from "../../protocol/message.ts";
import { requestTopic } from "../../protocol/topic.ts";
import type { DeliverEffect } from "../driver.ts";
import { encodePublish } from "./publish-packet.ts";

export interface SessionOptions {
  readonly id: number;
  readonly device: string;
  readonly socket: Socket;
  readonly drainTimeoutMs: number;
  /** Called once, when the socket is given up for staying full. */
  readonly stalled: () => void;
}

const LARGEST_MESSAGE_ID = 65_535;

export class Session {
  readonly id: number;
  readonly device: string;
  /** QoS of the requests it gets. */
  qos: 0 | 1 = 1;
  readonly #socket: Socket;
  readonly #drainTimeoutMs: number;
  readonly #stalled: () => void;
  #messageId = 0;
  #drainTimer: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.device = options.device;
    this.#socket = options.socket;
    this.#drainTimeoutMs = options.drainTimeoutMs;
    this.#stalled = options.stalled;
  }

  /** Writes one request. A connection that is already gone swallows it, as a half-open one does (contract S3). */
  deliver({ requestId, method, params }: DeliverEffect): void {
    if (!this.#socket.writable) return;
    this.#messageId = this.#messageId === LARGEST_MESSAGE_ID ? 1 : this.#messageId + 1;
    const packet = encodePublish({
      topic: requestTopic(requestId),
      payload: encodeRequest(method, params),
      qos: this.qos,
      messageId: this.#messageId,
    });
    if (!this.#socket.write(packet) && this.#drainTimer === undefined) this.#waitForDrain();
  }

  /** The connection is over; its timer must not outlive it. */
  end(): void {
    clearTimeout(this.#drainTimer);
  }

  #waitForDrain(): void {
    const drained = (): void => {
      clearTimeout(this.#drainTimer);
      this.#drainTimer = undefined;
    };
    this.#socket.once("drain", drained);
    this.#drainTimer = setTimeout(() => {
      this.#socket.off("drain", drained);
      this.#stalled();
      this.#socket.destroy();
    }, this.#drainTimeoutMs);
  }
}
