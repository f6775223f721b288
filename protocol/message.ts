/**
 * RPC payloads <-> values (contract 6.4). Decoding never throws: what cannot be read is a Malformed value.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Malformed {
  readonly kind: "malformed";
  readonly reason: string;
}

/** What a device receives. The request id is in the topic, not in here. */
export interface DeviceRequest {
  readonly kind: "request";
  readonly method: string;
  readonly params: Json;
}

/** The payload of a request; `params` is JSON text already, and an absent one is `null` on the wire. */
export function encodeRequest(method: string, params: string): string {
  return `{"method":${JSON.stringify(method)},"params":${params}}`;
}

export function decodeRequest(payload: string): DeviceRequest | Malformed {
  const value = parseJson(payload);
  if (value === undefined) return { kind: "malformed", reason: "not JSON" };
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { kind: "malformed", reason: "not a JSON object" };
  }
  const { method, params } = value as { method?: Json; params?: Json };
  if (typeof method !== "string") return { kind: "malformed", reason: "no method" };
  return { kind: "request", method, params: params ?? null };
}

/** The JSON value of a text, or undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
