/** The text of a client-side call, `{"method":"...","params":...}` (contract 6.4, 6.5). */
import type { Json } from "../../protocol/message.ts";
import { type JsonReading, readJsonObject } from "../transport/json-object.ts";

interface ClientRequest {
  readonly kind: "request";
  readonly method: string;
  /** Null when absent. */
  readonly params: Json;
  /** HTTP insists on them (contract 9.1), MQTT and CoAP do not. */
  readonly hasParams: boolean;
}

export type ClientRequestReading =
  | ClientRequest
  | Exclude<JsonReading, { readonly kind: "object" }>
  | { readonly kind: "no_method" };

export function readClientRequest(text: string): ClientRequestReading {
  const reading = readJsonObject(text);
  if (reading.kind !== "object") return reading;
  const { method, params } = reading.object;
  // A number is as good a name to the original's parser as a text.
  if (method === undefined || method === null || typeof method === "object") return { kind: "no_method" };
  return { kind: "request", method: String(method), params: params ?? null, hasParams: params !== undefined };
}
