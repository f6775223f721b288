/**
 * What a device will do for one request: its Reaction with every Verdict worked in, in the order the faults were declared.
 *
 * A `lose` or `drop` silences the reply for good, whatever else fires. Delays add up in order; of several holds the longest
 * counts, `exactly` overrides what came before it. The last replacement, the last ending and the last wire form win. A verdict about
 * time that leaves every time as it was has not fired, nor has one about an acknowledgement that nobody wants.
 */
import type { Json } from "./message.ts";
import { NONCE_KEY, readNonce } from "./nonce.ts";
import type { Address, Payload, Reaction, Verdict, WireForm } from "./reaction.ts";
import type { Duration } from "./time.ts";

export interface Answer {
  /** Until the reply, or what comes in its place; undefined: nothing ever comes. */
  delay: Duration | undefined;
  payload: Payload;
  address: Address | undefined;
  wire: WireForm | undefined;
  /** Until the acknowledgement, undefined: never. */
  ack: Duration | undefined;
  copies: number;
  gap: Duration;
  again: (Verdict & { kind: "again" }) | undefined;
  behind: (Verdict & { kind: "behind" }) | undefined;
  pace: number | undefined;
  keep: boolean;
  end: (Verdict & { kind: "end" }) | undefined;
  /** Verdicts that changed nothing. */
  idle: readonly Verdict[] | undefined;
}

/** Verdicts whose only effect is on when the reply leaves. */
const TIMING: ReadonlySet<Verdict["kind"]> = new Set(["add", "scale", "hold", "exactly", "defer"]);

/** Works `verdicts` into `reaction`; the nonce in `params` is echoed. */
export function composeAnswer(reaction: Reaction, params: Json, verdicts: readonly Verdict[]): Answer {
  let { delay, reply } = reaction;
  let silent = false;
  let ackGap: Duration | undefined;
  const answer: Answer = {
    delay,
    payload: "",
    address: undefined,
    wire: undefined,
    ack: 0,
    copies: 0,
    gap: 0,
    again: undefined,
    behind: undefined,
    pace: undefined,
    keep: false,
    end: undefined,
    idle: undefined,
  };
  for (const verdict of verdicts) {
    if (verdict.kind === "drop") silent = true;
    else if (verdict.kind === "replace") reply = verdict.reply;
    else if (verdict.kind === "ack_last") ackGap = verdict.gap;
    else if (verdict.kind !== "edit") {
      const before = delay;
      delay = apply(answer, verdict, delay);
      if (delay === before && TIMING.has(verdict.kind)) answer.idle = [...(answer.idle ?? []), verdict];
    }
  }
  answer.delay = silent ? undefined : delay;
  // Later than the reply by at least the smallest span there is.
  if (ackGap !== undefined) answer.ack = answer.delay === undefined ? 0 : answer.delay + Math.max(1, ackGap);
  if (answer.delay !== undefined) answer.payload = payloadOf(reply, params, verdicts);
  return answer;
}

/** Works one verdict in; returns the delay after it. A device that never answers stays silent however late it is told to be. */
function apply(answer: Answer, verdict: Verdict, delay: Duration | undefined): Duration | undefined {
  switch (verdict.kind) {
    case "add":
      return delay === undefined ? undefined : Math.max(0, delay + verdict.delay);
    case "scale":
      return delay === undefined ? undefined : Math.round(delay * verdict.factor);
    case "hold":
      return delay === undefined ? undefined : Math.max(delay, verdict.until);
    case "exactly":
      return delay === undefined ? undefined : Math.max(0, verdict.after);
    case "defer":
      return delay === undefined ? undefined : verdict.to(delay);
    case "address":
      answer.address = { ...answer.address, ...verdict.address };
      break;
    case "repeat":
      answer.copies += verdict.copies;
      answer.gap = verdict.gap;
      break;
    case "ack":
      answer.ack = verdict.after;
      break;
    case "again":
      answer.again = verdict;
      break;
    case "behind":
      answer.behind = verdict;
      break;
    case "pace":
      answer.pace = verdict.bytesPerSecond;
      break;
    case "wire":
      answer.wire = verdict.wire;
      break;
    case "keep":
      answer.keep = true;
      break;
    case "end":
      answer.end = verdict;
      break;
    default:
  }
  return delay;
}

function payloadOf(reply: Json, params: Json, verdicts: readonly Verdict[]): Payload {
  let payload: Payload = JSON.stringify(echoNonce(reply, params));
  for (const verdict of verdicts) if (verdict.kind === "edit") payload = verdict.edit(payload);
  return payload;
}

/** The reply with the request's nonce in it; a reply that is not an object is wrapped, so that the nonce has a place. */
function echoNonce(reply: Json, params: Json): Json {
  const nonce = readNonce(params);
  if (nonce === undefined) return reply;
  const isObject = reply !== null && typeof reply === "object" && !Array.isArray(reply);
  return isObject ? { ...reply, [NONCE_KEY]: nonce } : { value: reply, [NONCE_KEY]: nonce };
}
