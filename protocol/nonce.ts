/**
 * The nonce ties a Call to what the device did for it and to the reply that came back: it travels in the request's params, the
 * device echoes it, and a reply with another Call's nonce is a proof of a mixed-up reply. Form: `<run tag>-<index of the Call>`.
 */
import type { Json } from "./message.ts";

export const NONCE_KEY = "nonce";

export function nonceOf(runTag: string, call: number): string {
  return `${runTag}-${call}`;
}

/** The nonce inside params or a reply; undefined when there is none. */
export function readNonce(value: Json | undefined): string | undefined {
  if (value === null || value === undefined || typeof value !== "object" || Array.isArray(value)) return undefined;
  const nonce = (value as { [key: string]: Json })[NONCE_KEY];
  return typeof nonce === "string" ? nonce : undefined;
}

/** Index of the Call a nonce names; undefined when it is not one of this run. */
export function callOfNonce(nonce: string, runTag: string): number | undefined {
  if (!nonce.startsWith(runTag) || nonce[runTag.length] !== "-") return undefined;
  const text = nonce.slice(runTag.length + 1);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
