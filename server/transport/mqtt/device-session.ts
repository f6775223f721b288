/**
 * A device's session over MQTT, whatever its version: its subscriptions, and what becomes of what it publishes. The versions turn
 * the answers given here into their own codes.
 */
import type { Logger } from "pino";
import type { Dialect } from "../../../protocol/dialect.ts";
import type { SessionId } from "../../../protocol/requester/requester-io.ts";
import {
  FILTERS,
  type FilterMeaning,
  filterOf,
  isProtobufTopic,
  readDevicePublish,
  TEMPUS_FILTERS,
  V1,
} from "../../../protocol/topic.ts";
import type { DeliverEffect, LiveDriver } from "../../driver.ts";
import type { DeviceConnection, PublishReader, PublishVerdict } from "../device-publish.ts";
import type { MessageMeter } from "../message-limits.ts";
import type { CloseReason, DeviceLink, SessionRegistry } from "../session-registry.ts";
import { readsAsJson } from "./device-json.ts";
import type { MqttLink } from "./mqtt-link.ts";
import { decodeProtobufRequest, decodeProtobufResponse, encodeProtobufResponse } from "./rpc-protobuf.ts";
import { tempusVerdict } from "./tempus-topics.ts";

/** Requests for attributes and firmware, and claims; what else reaches the end of a reading is telemetry or attributes. */
const ASKING = /\/req(uest)?\/|\/claim$/;

export interface DeviceSessionOptions {
  readonly dialect: Dialect;
  readonly driver: Pick<LiveDriver, "reply">;
  readonly sessions: SessionRegistry;
  readonly logger: Logger;
  /** Who reads the topics that are not dealt with here. */
  readonly readers: readonly PublishReader[];
}

interface AdmittedDevice {
  readonly device: string;
  readonly meter: MessageMeter;
  readonly link: MqttLink;
}

export type UnsubscribeAnswer = "done" | "no_subscription" | "invalid_filter";

/** What the MQTT versions ask of a session. */
export interface MqttSession {
  /** The granted QoS, or undefined when the filter is refused. */
  grant(filter: string, qos: 0 | 1 | 2): 0 | 1 | undefined;
  /** A filter was granted, and its SUBACK has been written. */
  subscribed(filter: string): void;
  unsubscribe(filter: string): UnsubscribeAnswer;
  /** Deals with one PUBLISH. After its acknowledgement `release` is due. */
  receive(topic: string, payload: Buffer): PublishVerdict;
  /** The acknowledgement of what was received has been written. */
  release(): void;
  /** The connection is over. May be said again. */
  end(): void;
}

export class DeviceSession implements DeviceConnection, DeviceLink, MqttSession {
  readonly device: string;
  readonly meter: MessageMeter;
  readonly #link: MqttLink;
  readonly #options: DeviceSessionOptions;
  readonly #tempus: boolean;
  readonly #id: SessionId;
  readonly #subscriptions = new Map<string, 0 | 1>();
  /** Publishes of a reader that is reading; they follow the acknowledgement of what it reads. */
  #held: { readonly topic: string; readonly payload: string }[] | undefined;
  #ended = false;

  constructor({ device, meter, link }: AdmittedDevice, options: DeviceSessionOptions) {
    this.device = device;
    this.meter = meter;
    this.#link = link;
    this.#options = options;
    this.#tempus = options.dialect.name === "tempus";
    this.#id = options.sessions.open(device, this);
  }

  deliver(request: DeliverEffect): void {
    this.#link.deliver(request);
  }

  close(reason: CloseReason): void {
    this.#link.close(reason);
  }

  /** Contract 6.6, on the v1 topic only. */
  pushAttributes(json: string): void {
    if (this.#subscriptions.has(V1.attributes)) this.publish(V1.attributes, json);
  }

  get takesNotices(): boolean {
    return this.#link.hasProperties;
  }

  /** The granted QoS, or undefined when the filter is refused. Requests flow from `subscribed` on, after the SUBACK. */
  grant(filter: string, qos: 0 | 1 | 2): 0 | 1 | undefined {
    if (!this.#filters.has(filter)) return undefined;
    const granted = qos === 0 ? 0 : 1;
    this.#subscriptions.set(filter, granted);
    return granted;
  }

  /** A filter was granted. The last RPC filter decides on which topics requests are published. */
  subscribed(filter: string): void {
    const family = this.#filters.get(filter);
    if (family === undefined || family === "other") return;
    // Granted all the same, and no request comes (contract 6.3).
    if (!this.meter.message()) return;
    this.#link.family = family;
    this.#link.qos = this.#tempus ? 1 : (this.#subscriptions.get(filter) ?? 1);
    // Tempus ignores the PUBACK of a request and has no delivery timer (contract 13.3).
    this.#options.sessions.subscribed(this.#id, { acks: this.#link.qos === 1 && !this.#tempus, oneShot: false });
  }

  /** Without one RPC filter nothing is delivered, even when another one is still subscribed. */
  unsubscribe(filter: string): UnsubscribeAnswer {
    const meaning = this.#filters.get(filter);
    if (meaning === undefined) return "invalid_filter";
    if (!this.#subscriptions.delete(filter)) return "no_subscription";
    if (meaning !== "other") this.#options.sessions.unsubscribed(this.#id);
    return "done";
  }

  /** Deals with one PUBLISH of the device. After its acknowledgement `release` is due. What throws costs this connection only. */
  receive(topic: string, payload: Buffer): PublishVerdict {
    try {
      return this.#read(topic, payload);
    } catch (error) {
      this.#options.logger.error({ err: error, device: this.device, topic }, "a publish could not be read");
      return "fault";
    }
  }

  #read(topic: string, payload: Buffer): PublishVerdict {
    const publish = readDevicePublish(topic);
    if (publish.kind === "rpc_response" && this.#knows(topic)) {
      const text = publish.protobuf ? decodeProtobufResponse(payload) : payload.toString();
      if (text === undefined) return "malformed";
      if (!this.meter.message()) return "over_limit";
      this.#options.driver.reply(this.device, publish.requestId, text);
      return "accepted";
    }
    if (publish.kind === "bad_id" && this.#knows(topic)) return "malformed";
    const text =
      publish.kind === "client_rpc" && publish.protobuf ? decodeProtobufRequest(payload) : payload.toString();
    if (text === undefined) return "malformed";
    const read = this.#askReaders(topic, text);
    if (read !== undefined) return read;
    if (this.#tempus) {
      const verdict = tempusVerdict(topic);
      if (verdict === "accepted" && !this.meter.telemetry()) return "over_limit";
      if (verdict !== undefined) return verdict;
    }
    if (publish.kind === "unknown" || !this.#knows(topic)) return "unknown_topic";
    if (publish.kind === "json_data" && !readsAsJson(text)) return "malformed";
    const taken = ASKING.test(topic) ? this.meter.message() : this.meter.telemetry();
    return taken ? "accepted" : "over_limit";
  }

  /** The acknowledgement of what was received has been written. */
  release(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    for (const { topic, payload } of held) this.publish(topic, payload);
  }

  /** At the QoS of the matching subscription, or 1 when there is none; in Tempus always 1. */
  publish(topic: string, payload: string): void {
    if (this.#ended) return;
    if (this.#held !== undefined) {
      this.#held.push({ topic, payload });
      return;
    }
    const filter = filterOf(topic);
    const subscribed = filter === undefined ? undefined : this.#subscriptions.get(filter);
    const qos = this.#tempus ? 1 : (subscribed ?? 1);
    this.#link.publish(topic, isProtobufTopic(topic) ? encodeProtobufResponse(payload) : payload, qos);
  }

  /** The connection is over. May be said again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.end();
    this.#options.sessions.ended(this.#id);
    for (const reader of this.#options.readers) reader.ended(this);
  }

  get #filters(): ReadonlyMap<string, FilterMeaning> {
    return this.#tempus ? TEMPUS_FILTERS : FILTERS;
  }

  /** Tempus has v1 topics only. */
  #knows(topic: string): boolean {
    return !this.#tempus || topic.startsWith("v1/");
  }

  #askReaders(topic: string, payload: string): PublishVerdict | undefined {
    this.#held = [];
    for (const reader of this.#options.readers) {
      const verdict = reader.read(this, { topic, payload });
      if (verdict !== undefined) return verdict;
    }
    this.#held = undefined;
    return undefined;
  }
}
