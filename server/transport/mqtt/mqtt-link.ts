/**
 * One device's live connection: what it may be sent, and how a request reaches its stream. A stream that stays full for the drain
 * timeout is destroyed, so that a device that does not read costs memory for a moment and never another device's time.
 */
import type { Duplex } from "node:stream";
import { encodeRequest } from "../../../protocol/message.ts";
import { requestTopic, type TopicFamily, V1 } from "../../../protocol/topic.ts";
import type { DeliverEffect } from "../../driver.ts";
import type { CloseReason, DeviceLink } from "../session-registry.ts";
import { endAfterWrites } from "./arrival.ts";
import { encodePublish } from "./publish-packet.ts";
import { encodeProtobufRequest } from "./rpc-protobuf.ts";

export interface MqttLinkOptions {
  readonly stream: Duplex;
  /** MQTT 5: its publishes have properties. */
  readonly hasProperties: boolean;
  /** The client's Maximum Packet Size (MQTT 5); a longer publish is not written. */
  readonly largestPacketBytes: number;
  readonly drainTimeoutMs: number;
  readonly wrapsPacketIds: boolean;
  /** The device has a request that awaited an acknowledgement. */
  readonly acknowledged: (requestId: number) => void;
  /** Ends the connection. */
  readonly close: (reason: CloseReason) => void;
  /** Called once, when the stream is given up for staying full. */
  readonly stalled: () => void;
}

const PUBACK = 0x40;
const LARGEST_MESSAGE_ID = 65_535;

export class MqttLink implements DeviceLink {
  /** QoS of the requests it gets. */
  qos: 0 | 1 = 1;
  /** Topics of the requests it gets. */
  family: TopicFamily = V1;
  readonly #stream: Duplex;
  readonly #options: MqttLinkOptions;
  /** Requests that await a PUBACK, by packet id. */
  readonly #unacknowledged = new Map<number, number>();
  #messageId = 0;
  #batch: Buffer[] = [];
  #drainTimer: NodeJS.Timeout | undefined;

  constructor(options: MqttLinkOptions) {
    this.#options = options;
    this.#stream = options.stream;
  }

  /** MQTT 5. */
  get hasProperties(): boolean {
    return this.#options.hasProperties;
  }

  /** Writes one request. A connection that is already gone swallows it, as a half-open one does (contract S3). */
  deliver({ requestId, method, params, awaitsAck }: DeliverEffect): void {
    const { family } = this;
    const payload = family.protobuf ? encodeProtobufRequest(method, requestId, params) : encodeRequest(method, params);
    const messageId = this.publish(requestTopic(requestId, family), payload, this.qos);
    if (awaitsAck) this.#unacknowledged.set(messageId, requestId);
  }

  /** Writes one PUBLISH and returns its packet id: every one has an id, at any QoS (contract 6.2). */
  publish(topic: string, payload: string | Uint8Array, qos: 0 | 1): number {
    const { wrapsPacketIds, hasProperties, largestPacketBytes } = this.#options;
    const wraps = this.#messageId === LARGEST_MESSAGE_ID && wrapsPacketIds;
    this.#messageId = wraps ? 1 : this.#messageId + 1;
    const messageId = this.#messageId & LARGEST_MESSAGE_ID;
    const packet = encodePublish({ topic, payload, qos, messageId, hasProperties });
    if (packet.length <= largestPacketBytes) this.send(packet);
    return this.#messageId;
  }

  /** The device sent a PUBACK. */
  acknowledgedBy(messageId: number): void {
    const requestId = this.#unacknowledged.get(messageId);
    if (requestId === undefined) return;
    this.#unacknowledged.delete(messageId);
    this.#options.acknowledged(requestId);
  }

  close(reason: CloseReason): void {
    this.#options.close(reason);
  }

  /** Ends the connection without a word, after what waits to be written. */
  hangUp(): void {
    this.flush();
    endAfterWrites(this.#stream);
  }

  /** Writes the PUBACK of one message of the device; with a reason code (MQTT 5) when it is not plain success. */
  acknowledge(messageId: number, reasonCode = 0): void {
    const packet = Buffer.allocUnsafe(reasonCode === 0 ? 4 : 5);
    packet[0] = PUBACK;
    packet[1] = packet.length - 2;
    packet[2] = messageId >> 8;
    packet[3] = messageId;
    if (reasonCode !== 0) packet[4] = reasonCode;
    this.send(packet);
  }

  /** The connection is over; its timer must not outlive it. */
  end(): void {
    clearTimeout(this.#drainTimer);
  }

  /** What one turn of the event loop has for this device leaves in one write: a system call costs more than all else here. */
  send(packet: Buffer): void {
    if (this.#batch.push(packet) === 1) setImmediate(this.flush);
  }

  /** Writes what is waiting now. */
  readonly flush = (): void => {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    if (!this.#stream.writable) return;
    const bytes = batch.length === 1 ? (batch[0] as Buffer) : Buffer.concat(batch);
    if (!this.#stream.write(bytes) && this.#drainTimer === undefined) this.#waitForDrain();
  };

  #waitForDrain(): void {
    const drained = (): void => {
      clearTimeout(this.#drainTimer);
      this.#drainTimer = undefined;
    };
    this.#stream.once("drain", drained);
    this.#drainTimer = setTimeout(() => {
      this.#stream.off("drain", drained);
      this.#options.stalled();
      this.#stream.destroy();
    }, this.#options.drainTimeoutMs);
  }
}
