/**
 * MQTT topics of the device API <-> what they mean (contract 6.3). Only these exact filters exist; a filter with any other
 * wildcard, a leading slash or a missing level is refused.
 */

/** The filters a device may subscribe to, and what each one is for. */
export const FILTERS: ReadonlyMap<string, "rpc_request" | "other"> = new Map([
  ["v1/devices/me/rpc/request/+", "rpc_request"],
  ["v1/devices/me/rpc/response/+", "other"],
  ["v1/devices/me/attributes", "other"],
  ["v1/devices/me/attributes/response/+", "other"],
]);

export const RPC_REQUEST_FILTER = "v1/devices/me/rpc/request/+";

const REQUEST_PREFIX = "v1/devices/me/rpc/request/";
const RESPONSE_PREFIX = "v1/devices/me/rpc/response/";
const IGNORED = new Set(["v1/devices/me/telemetry", "v1/devices/me/attributes", "v1/devices/me/claim"]);
const ATTRIBUTE_REQUEST_PREFIX = "v1/devices/me/attributes/request/";
const LARGEST_ID = 2 ** 31 - 1;

/** What a device's PUBLISH is about. `bad_id`: a response topic whose last level is not a 32-bit integer. */
export type DevicePublish =
  | { readonly kind: "rpc_response"; readonly requestId: number }
  | { readonly kind: "bad_id" | "data" | "client_rpc" | "unknown" };

export function requestTopic(requestId: number): string {
  return REQUEST_PREFIX + requestId;
}

export function responseTopic(requestId: number): string {
  return RESPONSE_PREFIX + requestId;
}

/** Reads the topic of a PUBLISH that came from a device. */
export function readDevicePublish(topic: string): DevicePublish {
  if (topic.startsWith(RESPONSE_PREFIX)) {
    const requestId = readId(topic, RESPONSE_PREFIX.length);
    return requestId === undefined ? { kind: "bad_id" } : { kind: "rpc_response", requestId };
  }
  if (topic.startsWith(REQUEST_PREFIX)) return { kind: "client_rpc" };
  if (IGNORED.has(topic) || topic.startsWith(ATTRIBUTE_REQUEST_PREFIX)) return { kind: "data" };
  return { kind: "unknown" };
}

/** The request id of a PUBLISH that came from the server; undefined when it is not an RPC request. */
export function readServerRequest(topic: string): number | undefined {
  return topic.startsWith(REQUEST_PREFIX) ? readId(topic, REQUEST_PREFIX.length) : undefined;
}

function readId(topic: string, start: number): number | undefined {
  const text = topic.slice(start);
  if (!/^-?\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id >= -LARGEST_ID - 1 && id <= LARGEST_ID ? id : undefined;
}
