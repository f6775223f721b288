/** What a device uploads has to be a JSON object; how it is not one decides the answer (contract 6.5, 8.3, 9.1). */
import type { Json } from "../../protocol/message.ts";

export type JsonObject = { readonly [key: string]: Json };

export type JsonReading =
  | { readonly kind: "object"; readonly object: JsonObject }
  /** `reason` is the parser's. */
  | { readonly kind: "not_json"; readonly reason: string }
  | { readonly kind: "not_object"; readonly value: Json };

export function readJsonObject(text: string): JsonReading {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { kind: "not_json", reason: (error as Error).message };
  }
  return isObject(value) ? { kind: "object", object: value } : { kind: "not_object", value };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
