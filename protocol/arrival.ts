/** A request that reached a device, and what the device's Faults decided about it. */
import type { Json } from "./message.ts";
import type { RandomStream } from "./random.ts";
import type { Fault, RequestContext, Verdict } from "./reaction.ts";
import type { Duration } from "./time.ts";

export interface RequestInput {
  readonly kind: "request";
  /** Any number the driver wants to see again with the effects of this request. */
  readonly ticket: number;
  /** Which of the device's connections brought it; effects name the same one. */
  readonly via: number;
  readonly requestId: number;
  readonly method: string;
  readonly params: Json;
  /** Index of the Call named by the nonce, when it is one of this run. */
  readonly call: number | undefined;
  /** Since the run's origin, 0 before it. */
  readonly at: Duration;
  /** What an acknowledgement has to name; undefined when none is wanted. */
  readonly delivery: number | undefined;
}

/** A request as it was judged; its copies are not judged again. */
export interface Arrival {
  readonly input: RequestInput;
  readonly request: RequestContext;
  /** Other than `pass`. */
  readonly verdicts: readonly Verdict[];
  /** The position of the fault that gave each verdict. */
  readonly origins: readonly number[];
}

const NONE: readonly never[] = [];

/** Asks every fault. */
export function judge(
  input: RequestInput,
  request: RequestContext,
  { faults, random }: { readonly faults: readonly Fault[]; readonly random: RandomStream },
): Arrival {
  if (faults.length === 0) return { input, request, verdicts: NONE, origins: NONE };
  const verdicts: Verdict[] = [];
  const origins: number[] = [];
  for (let position = 0; position < faults.length; position++) {
    const verdict = faults[position]?.judge?.(request, random);
    if (verdict === undefined || verdict.kind === "pass") continue;
    for (const each of verdict.kind === "several" ? verdict.verdicts : [verdict]) {
      verdicts.push(each);
      origins.push(position);
    }
  }
  return { input, request, verdicts, origins };
}

/** Bit n: the fault at position n gave a verdict that changed something. */
export function firedBits({ input, verdicts, origins }: Arrival, idle: readonly Verdict[] | undefined): number {
  let bits = 0;
  for (let i = 0; i < verdicts.length; i++) {
    const verdict = verdicts[i] as Verdict;
    const isMoot = input.delivery === undefined && (verdict.kind === "ack" || verdict.kind === "ack_last");
    if (!isMoot && idle?.includes(verdict) !== true) bits |= 1 << (origins[i] as number);
  }
  return bits >>> 0;
}

/** Tells the faults that changed nothing, which are not among those that fired. */
export function tellSpared(faults: readonly Fault[], { origins }: Arrival, fired: number): void {
  for (const position of new Set(origins)) {
    if ((fired & (1 << position)) === 0) faults[position]?.spared?.();
  }
}
