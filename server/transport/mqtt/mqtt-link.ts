/**
 * One device's live connection: what it may be sent, and how a request reaches its socket. A socket that stays full for the drain
 * timeout is destroyed, so that a device that does not read costs memory for a moment and never another device's time.
 */
import type { Socket } from "node:net";
import { encodeRequest } from "../../protocol/message.ts";
import { requestTopic } from "../../protocol/topic.ts";
import type { DeliverEffect } from "../driver.ts";
import { encodePublish } from "./publish-packet.ts";
import type { DeviceLink } from "./session-registry.ts";

export interface MqttLinkOptions {
  readonly socket: Socket;
  readonly drainTimeoutMs: number;
  readonly wrapsPacketIds: boolean;
  /** The device has a request that awaited an acknowledgement. */
  readonly acknowledged: (requestId: number) => void;
  /** Ends the connection. */
  readonly close: () => void;
  /** Called once, when the socket is given up for staying full. */
  readonly stalled: () => void;
}

const PUBACK = 0x40;
const LARGEST_MESSAGE_ID = 65_535;

export class MqttLink implements DeviceLink {
  /** QoS of the requests it gets. */
  qos: 0 | 1 = 1;
  readonly #socket: Socket;
  readonly #drainTimeoutMs: number;
  readonly #stalled: () => void;
  readonly #options: MqttLinkOptions;
  /** Requests that await a PUBACK, by packet id. */
  readonly #unacknowledged = new Map<number, number>();
  #messageId = 0;
  #batch: Buffer[] = [];
  #drainTimer: NodeJS.Timeout | undefined;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#drainTimeoutMs = options.drainTimeoutMs;
    this.#stalled = options.stalled;
  }

  /** Writes one request. A connection that is already gone swallows it, as a half-open one does (contract S3). */
  deliver({ requestId, method, params, awaitsAck }: DeliverEffect): void {
    const wraps = this.#messageId === LARGEST_MESSAGE_ID && this.#options.wrapsPacketIds;
    this.#messageId = wraps ? 1 : this.#messageId + 1;
    if (awaitsAck) this.#unacknowledged.set(this.#messageId, requestId);
    const packet = encodePublish({
      topic: requestTopic(requestId),
      payload: encodeRequest(method, params),
      qos: this.qos,
      messageId: this.#messageId & LARGEST_MESSAGE_ID,
    });
    this.#write(packet);
  }

  /** The device sent a PUBACK. */
  acknowledgedBy(messageId: number): void {
    const requestId = this.#unacknowledged.get(messageId);
    if (requestId === undefined) return;
    this.#unacknowledged.delete(messageId);
    this.#options.acknowledged(requestId);
  }

  close(): void {
    this.#options.close();
  }

  /** Writes the PUBACK of one message of the device. */
  acknowledge(messageId: number): void {
    this.#write(Buffer.from([PUBACK, 2, messageId >> 8, messageId & 0xff]));
  }

  /** The connection is over; its timer must not outlive it. */
  end(): void {
    clearTimeout(this.#drainTimer);
  }

  /** What one turn of the event loop has for this device leaves in one write: a system call costs more than all else here. */
  #write(packet: Buffer): void {
    if (this.#batch.push(packet) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const batch = this.#batch;
    this.#batch = [];
    if (!this.#socket.writable) return;
    const bytes = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
    if (!this.#socket.write(bytes) && this.#drainTimer === undefined) this.#waitForDrain();
  };

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
