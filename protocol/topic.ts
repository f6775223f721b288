/**
 * MQTT topics of the device API <-> what they mean (contract 6.3, 13.3). Only these exact filters exist; a filter with any other
 * wildcard, a leading slash or a missing level is refused.
 */

/** Topics that say the same in another spelling. A request and a client-side request share a prefix, and so do their responses. */
export interface TopicFamily {
  readonly requestPrefix: string;
  readonly responsePrefix: string;
  readonly attributes: string;
  readonly attributeRequestPrefix: string;
  readonly attributeResponsePrefix: string;
  readonly telemetry: string;
  /** Payloads are protobuf messages; otherwise JSON text. */
  readonly protobuf: boolean;
}

/** The family of every server and every SDK. */
export const V1: TopicFamily = {
  requestPrefix: "v1/devices/me/rpc/request/",
  responsePrefix: "v1/devices/me/rpc/response/",
  attributes: "v1/devices/me/attributes",
  attributeRequestPrefix: "v1/devices/me/attributes/request/",
  attributeResponsePrefix: "v1/devices/me/attributes/response/",
  telemetry: "v1/devices/me/telemetry",
  protobuf: false,
};

export const V2_SHORT = v2Family("", false);
export const V2_JSON = v2Family("/j", false);
export const V2_PROTOBUF = v2Family("/p", true);

/** The families by the names a device's settings have for them. */
export const TOPIC_FAMILIES = { v1: V1, v2: V2_SHORT, "v2/j": V2_JSON, "v2/p": V2_PROTOBUF } as const;
export type TopicFamilyName = keyof typeof TOPIC_FAMILIES;

/** Short last: its prefixes are those of the other two as well. */
const FAMILIES: readonly TopicFamily[] = [V1, V2_JSON, V2_PROTOBUF, V2_SHORT];

/** What a filter brings: requests of a family, or something else. */
export type FilterMeaning = TopicFamily | "other";

/** The filters a device of ThingsBoard may subscribe to. */
export const FILTERS: ReadonlyMap<string, FilterMeaning> = new Map<string, FilterMeaning>([
  ...FAMILIES.flatMap(filtersOf),
  ["v1/gateway/rpc", "other"],
  ["v1/gateway/attributes", "other"],
  ["v1/gateway/attributes/response", "other"],
  ["v2/fw/response/+/chunk/+", "other"],
  ["v2/fw/error", "other"],
  ["v2/sw/response/+/chunk/+", "other"],
  ["v2/sw/error", "other"],
]);

/** The filters a device of Tempus may subscribe to. */
export const TEMPUS_FILTERS: ReadonlyMap<string, FilterMeaning> = new Map<string, FilterMeaning>([
  ...filtersOf(V1),
  ["v1/gateway/attributes", "other"],
]);

export const RPC_REQUEST_FILTER = `${V1.requestPrefix}+`;

const LARGEST_ID = 2 ** 31 - 1;
const CLAIM = "v1/devices/me/claim";
const FIRMWARE_REQUEST = /^v2\/[fs]w\/request\/[^/]+\/chunk\/[^/]+$/;

/**
 * What a device's PUBLISH is about.
 * - `bad_id`: a response topic whose last level is not a 32-bit integer.
 * - `json_data`: telemetry, attributes or a request for attributes, as JSON. `data`: anything else that is read by nobody here.
 */
export type DevicePublish =
  | { readonly kind: "rpc_response"; readonly requestId: number; readonly protobuf: boolean }
  | { readonly kind: "client_rpc"; readonly protobuf: boolean }
  | { readonly kind: "bad_id" | "json_data" | "data" | "unknown" };

export function requestTopic(requestId: number, family: TopicFamily = V1): string {
  return family.requestPrefix + requestId;
}

export function responseTopic(requestId: number, family: TopicFamily = V1): string {
  return family.responsePrefix + requestId;
}

/** Reads the topic of a PUBLISH that came from a device. */
export function readDevicePublish(topic: string): DevicePublish {
  for (let i = 0; i < FAMILIES.length; i++) {
    const family = FAMILIES[i] as TopicFamily;
    if (topic.startsWith(family.responsePrefix)) {
      const requestId = readRequestId(topic.slice(family.responsePrefix.length));
      return requestId === undefined
        ? { kind: "bad_id" }
        : { kind: "rpc_response", requestId, protobuf: family.protobuf };
    }
    if (topic.startsWith(family.requestPrefix)) return { kind: "client_rpc", protobuf: family.protobuf };
    if (isData(topic, family)) return { kind: family.protobuf ? "data" : "json_data" };
  }
  return { kind: topic === CLAIM || FIRMWARE_REQUEST.test(topic) ? "data" : "unknown" };
}

/** The request id of a PUBLISH that came from the server; undefined when it is not an RPC request. */
export function readServerRequest(topic: string): number | undefined {
  return topic.startsWith(V1.requestPrefix) ? readRequestId(topic.slice(V1.requestPrefix.length)) : undefined;
}

/** The request id of a PUBLISH from the server that answers a device's own call; undefined when it is not such an answer. */
export function readServerResponse(topic: string): number | undefined {
  return topic.startsWith(V1.responsePrefix) ? readRequestId(topic.slice(V1.responsePrefix.length)) : undefined;
}

/** The filter that brings what the server publishes on `topic`, if there is one: the topic itself, or its last level as `+`. */
export function filterOf(topic: string): string | undefined {
  if (FILTERS.has(topic)) return topic;
  const wild = `${topic.slice(0, topic.lastIndexOf("/") + 1)}+`;
  return FILTERS.has(wild) ? wild : undefined;
}

/** Whether payloads on this topic of the server are protobuf messages. */
export function isProtobufTopic(topic: string): boolean {
  return topic.startsWith(V2_PROTOBUF.requestPrefix) || topic.startsWith(V2_PROTOBUF.responsePrefix);
}

function v2Family(suffix: string, protobuf: boolean): TopicFamily {
  return {
    requestPrefix: `v2/r/req${suffix}/`,
    responsePrefix: `v2/r/res${suffix}/`,
    attributes: `v2/a${suffix}`,
    attributeRequestPrefix: `v2/a/req${suffix}/`,
    attributeResponsePrefix: `v2/a/res${suffix}/`,
    telemetry: `v2/t${suffix}`,
    protobuf,
  };
}

function filtersOf(family: TopicFamily): [string, FilterMeaning][] {
  return [
    [`${family.requestPrefix}+`, family],
    [`${family.responsePrefix}+`, "other"],
    [family.attributes, "other"],
    [`${family.attributeResponsePrefix}+`, "other"],
  ];
}

function isData(topic: string, { telemetry, attributes, attributeRequestPrefix }: TopicFamily): boolean {
  return topic === telemetry || topic === attributes || topic.startsWith(attributeRequestPrefix);
}

/** The request id that `text` is, a 32-bit integer (6.4, 9.1); undefined when it is none. */
export function readRequestId(text: string): number | undefined {
  if (!/^-?\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id >= -LARGEST_ID - 1 && id <= LARGEST_ID ? id : undefined;
}
