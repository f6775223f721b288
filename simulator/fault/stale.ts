/** B12: the device answers with what it had kept for an earlier Call, its nonce included. */
import { parseJson } from "../../protocol/message.ts";
import { NONCE_KEY, readNonce } from "../../protocol/nonce.ts";
import { PASS } from "../../protocol/reaction.ts";
import type { FaultKind } from "./device-fault.ts";

/** The nonces a device saw last, at most `lag` of them; a request before there are so many is answered as it should be. */
export const stale: FaultKind = {
  name: "stale",
  id: "B12",
  standard: "none",
  does: "answers with the nonce of the request `lag` (1) before this one",
  arguments: ["lag"],
  mixesReplies: true,
  read: (reader) => {
    const lag = reader.count("lag", 1, { fallback: 1, least: 1 });
    const seen = new Map<number, string[]>();
    return {
      notice: ({ device, params }) => {
        const nonce = readNonce(params);
        if (nonce === undefined) return;
        const nonces = seen.get(device) ?? [];
        seen.set(device, [...nonces, nonce].slice(-lag));
      },
      verdict: ({ device }) => {
        const nonces = seen.get(device);
        if (nonces === undefined || nonces.length < lag) return PASS;
        return { kind: "edit", edit: (payload) => withNonce(String(payload), nonces[0] as string) };
      },
    };
  },
};

function withNonce(payload: string, nonce: string): string {
  const reply = parseJson(payload);
  return reply !== null && typeof reply === "object" ? JSON.stringify({ ...reply, [NONCE_KEY]: nonce }) : payload;
}
