/** A device to play with: a Behaviour of fixed or drawn delays, and faults that fire on a share. */
import type { Json } from "./message.ts";
import { chanceThreshold, faultPurpose, PURPOSE, RandomStream, seedFrom } from "./random.ts";
import type { Behaviour, Fault, Verdict } from "./reaction.ts";
import { Responder } from "./responder.ts";

const random = new RandomStream(seedFrom("7"));

/** Answers "fine" after a fixed or drawn time. */
export function behaviour(delay: number | "drawn", reply: Json = { fine: true }): Behaviour {
  return {
    react: ({ device, key }, stream) => ({
      delay: delay === "drawn" ? stream.seek(device, PURPOSE.latency, key).below(50) : delay,
      reply,
    }),
  };
}

/** Fires on a share of the requests, by draws of its own. */
export function fault(name: string, verdict: Verdict, share = 1): Fault {
  const threshold = chanceThreshold(share);
  const purpose = faultPurpose(name);
  return {
    name,
    judge: ({ device, key }, stream) =>
      stream.seek(device, purpose, key).fires(threshold) ? verdict : { kind: "pass" },
  };
}

export function device(policy: Behaviour, faults: readonly Fault[] = []): Responder {
  return new Responder({ device: 3, behaviour: policy, faults, random });
}

export function request(ticket: number, params: Json = null, call: number | undefined = ticket) {
  const place = { via: 0, at: 0, delivery: undefined } as const;
  return { kind: "request", ticket, requestId: 100 + ticket, method: "m", params, call, ...place } as const;
}

export const TICK = { kind: "tick" } as const;
export const DROP: Verdict = { kind: "drop" };
export const ERROR: Verdict = { kind: "replace", reply: { error: "broken" } };
export const hold = (until: number): Verdict => ({ kind: "hold", until });
export const disconnect = (reconnectAfter: number): Verdict => ({
  kind: "end",
  how: "fin",
  instead: true,
  reconnectAfter,
});
