/** Client-side RPC over MQTT: reads the request topics, answers on the matching response topic (contract 6.3, 6.5, section 7). */
import type { Dialect } from "../../protocol/dialect.ts";
import type { Json } from "../../protocol/message.ts";
import { readRequestId } from "../../protocol/topic.ts";
import type {
  DeviceConnection,
  DevicePublication,
  PublishReader,
  PublishVerdict,
} from "../transport/device-publish.ts";
import { readClientRequest } from "./client-request.ts";
import type { ClientCall, ClientRpc } from "./client-rpc.ts";
import { SESSION_LIMITS_METHOD } from "./session-limits.ts";

interface TopicFamily {
  readonly request: string;
  readonly response: string;
}

const V1: TopicFamily = { request: "v1/devices/me/rpc/request/", response: "v1/devices/me/rpc/response/" };
const V2_JSON: TopicFamily = { request: "v2/r/req/j/", response: "v2/r/res/j/" };
/** The transport turns these payloads into JSON and back. */
const V2_PROTOBUF: TopicFamily = { request: "v2/r/req/p/", response: "v2/r/res/p/" };
/** The short form, whose prefix is the others' as well; its payload is JSON unless the device's profile says otherwise. */
const V2_SHORT: TopicFamily = { request: "v2/r/req/", response: "v2/r/res/" };

/** Where Tempus reports what no rule reads (contract 13.5). */
const ERRORS_TOPIC = "errors";

export interface ClientRpcReaderOptions {
  readonly clientRpc: ClientRpc;
  readonly dialect: Dialect;
  /** What `getSessionLimits` of a device is answered with. */
  readonly sessionLimits: (device: string) => Json;
}

export class ClientRpcReader implements PublishReader {
  readonly #options: ClientRpcReaderOptions;
  readonly #families: readonly TopicFamily[];
  /** What forgets the open calls of a connection. */
  readonly #open = new Map<DeviceConnection, Set<() => void>>();

  constructor(options: ClientRpcReaderOptions) {
    this.#options = options;
    this.#families = options.dialect.name === "tempus" ? [V1] : [V1, V2_JSON, V2_PROTOBUF, V2_SHORT];
  }

  read(connection: DeviceConnection, { topic, payload }: DevicePublication): PublishVerdict | undefined {
    const family = this.#families.find(({ request }) => topic.startsWith(request));
    if (family === undefined) return undefined;
    const id = readRequestId(topic.slice(family.request.length));
    if (id === undefined) return "invalid_request";
    const request = readClientRequest(payload);
    if (request.kind === "no_method") return "invalid_request";
    if (request.kind !== "request") return "malformed";
    const { method, params } = request;
    const answerTopic = family.response + id;
    // The transport itself answers this one, on the v1 topic only, and on every server that has it.
    if (method === SESSION_LIMITS_METHOD && family === V1 && this.#options.dialect.name !== "tempus") {
      const limits = JSON.stringify(this.#options.sessionLimits(connection.device));
      // Not before the PUBACK, which is written when this has returned.
      queueMicrotask(() => connection.publish(answerTopic, limits));
      return "accepted";
    }
    if (!connection.meter.message()) return "over_limit";
    this.#call(connection, { device: connection.device, method, params }, answerTopic);
    return "accepted";
  }

  ended(connection: DeviceConnection): void {
    for (const forget of this.#open.get(connection) ?? []) forget();
    this.#open.delete(connection);
  }

  #call(connection: DeviceConnection, call: ClientCall, answerTopic: string): void {
    const open = this.#open.get(connection) ?? new Set();
    this.#open.set(connection, open);
    const forget = this.#options.clientRpc.call(call, ({ kind, body }) => {
      open.delete(forget);
      connection.publish(kind === "no_rule" ? ERRORS_TOPIC : answerTopic, body);
    });
    open.add(forget);
  }
}
