/** The payloads of `v1/gateway/...` <-> what they mean (contract 8.1). Reading never throws. */
import type { Json } from "../../../protocol/message.ts";
import { readRequestId } from "../../../protocol/topic.ts";
import type { DeliverEffect } from "../../driver.ts";
import { memberText } from "../../rest/first-json.ts";
import { encodeCommand } from "../command.ts";
import { isObject, type JsonObject, readJsonObject } from "../json-object.ts";

/** Type of a device that a gateway names without one. */
export const DEFAULT_TYPE = "default";

export type GatewayMessage =
  | { readonly kind: "connect"; readonly device: string; readonly type: string }
  | { readonly kind: "disconnect"; readonly device: string }
  /** `payload` is the reply's own text. */
  | { readonly kind: "reply"; readonly device: string; readonly requestId: number; readonly payload: string }
  | { readonly kind: "attribute_request"; readonly device: string; readonly requestId: number }
  /** Telemetry, attributes, claims: only the devices they are of matter. */
  | { readonly kind: "data"; readonly devices: readonly string[] };

export type GatewayReading = GatewayMessage | { readonly kind: "malformed" } | { readonly kind: "wrong_shape" };

type Read = (object: JsonObject, text: string) => GatewayMessage | undefined;

const OVER_LIMIT_REASON = 150;
const PREFIX = "v1/gateway/";
const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["connect", readConnect],
  ["disconnect", ({ device }) => (isName(device) ? { kind: "disconnect", device } : undefined)],
  ["rpc", readReply],
  ["telemetry", (object) => readData(object, Array.isArray)],
  ["attributes", (object) => readData(object, isObject)],
  ["claim", (object) => readData(object, isObject)],
  ["attributes/request", readAttributeRequest],
]);
/** Tempus only (contract 13.3). */
const TEMPUS_READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["depth/telemetry", (object) => readData(object, Array.isArray)],
  ["events", (object) => readData(object, () => true)],
]);

export const GATEWAY_RPC_TOPIC = `${PREFIX}rpc`;
export const GATEWAY_DISCONNECT_TOPIC = `${PREFIX}disconnect`;
export const GATEWAY_ATTRIBUTES_RESPONSE_TOPIC = `${PREFIX}attributes/response`;

export function isGatewayTopic(topic: string): boolean {
  return topic.startsWith(PREFIX);
}

/** Undefined when nothing reads the topic. */
export function readGatewayMessage(topic: string, payload: string, tempus: boolean): GatewayReading | undefined {
  const name = topic.slice(PREFIX.length);
  const read = (tempus ? TEMPUS_READERS.get(name) : undefined) ?? READERS.get(name);
  if (read === undefined || (tempus && name === "claim")) return undefined;
  const reading = readJsonObject(payload);
  if (reading.kind === "not_json") return { kind: "malformed" };
  const message = reading.kind === "object" ? read(reading.object, payload) : undefined;
  return message ?? { kind: "wrong_shape" };
}

/** The server gave up on a message of a device that had sent too many (contract 8.1). */
export function encodeOverLimitNotice(device: string): string {
  return JSON.stringify({ device, reason: OVER_LIMIT_REASON });
}

/** A request for a device behind a gateway. */
export function encodeGatewayRequest(device: string, request: DeliverEffect): string {
  return `{"device":${JSON.stringify(device)},"data":${encodeCommand(request)}}`;
}

/** Nothing is stored, so no attribute is ever found: the answer names neither `value` nor `values`. */
export function encodeNoAttributes(device: string, requestId: number): string {
  return JSON.stringify({ id: requestId, device });
}

function isName(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

function readConnect({ device, type }: JsonObject): GatewayMessage | undefined {
  return isName(device) ? { kind: "connect", device, type: isName(type) ? type : DEFAULT_TYPE } : undefined;
}

function readReply({ device, id, data }: JsonObject, text: string): GatewayMessage | undefined {
  const requestId = readId(id);
  if (!isName(device) || requestId === undefined || data === undefined) return undefined;
  // The member's own text: a number beyond 2^53 keeps its digits.
  return { kind: "reply", device, requestId, payload: memberText(text, "data") as string };
}

function readAttributeRequest({ device, id }: JsonObject): GatewayMessage | undefined {
  const requestId = readId(id);
  return isName(device) && requestId !== undefined ? { kind: "attribute_request", device, requestId } : undefined;
}

function readData(object: JsonObject, isRight: (value: Json) => boolean): GatewayMessage | undefined {
  const devices = Object.keys(object);
  return devices.every((name) => name !== "" && isRight(object[name] as Json)) ? { kind: "data", devices } : undefined;
}

/** The original's parser takes the digits as a text too. */
function readId(value: Json | undefined): number | undefined {
  return typeof value === "number" || typeof value === "string" ? readRequestId(String(value)) : undefined;
}
