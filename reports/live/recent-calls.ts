/** The calls of a stretch of a run, from messages about them: how many, how fast, how long they took. */
import { OUTCOME_CODE, OUTCOMES } from "../../protocol/outcome.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import { MIN_SLOT_SAMPLES } from "../html/timeline.ts";
import { rankOf } from "../quantile-support.ts";
import { isAnswered } from "../series.ts";
import type { LiveQuantiles, LiveRates } from "./live-frame.ts";

/** Calls that ended, one entry each. */
export interface EndedEntries {
  readonly outcome: Uint8Array;
  /** Microseconds; NaN when there is none. */
  readonly responseUs: Float64Array;
  readonly sendLagUs: Float64Array;
}

/** One message of a caller: how far it was, and which calls had ended since the message before. */
export interface Look {
  readonly at: Instant;
  /** How long before that the message before was. */
  readonly span: Duration;
  /** Calls that became due and calls that were sent in that time. */
  readonly due: number;
  readonly sent: number | undefined;
  readonly ended: EndedEntries;
}

/** Calls of these messages by the code of their Outcome. */
export function countOutcomes(looks: readonly Look[]): number[] {
  const counts = new Array<number>(OUTCOMES.length).fill(0);
  for (const { ended } of looks) for (const code of ended.outcome) counts[code] = (counts[code] as number) + 1;
  return counts;
}

export function ratesOf(looks: readonly Look[], isClosed: boolean): LiveRates | undefined {
  const sum = (pick: (look: Look) => number): number => looks.reduce((total, look) => total + pick(look), 0);
  const seconds = sum(({ span }) => span) / SECOND;
  if (seconds <= 0) return undefined;
  const isSentKnown = looks.every(({ sent }) => sent !== undefined);
  return {
    planned: isClosed ? undefined : sum(({ due }) => due) / seconds,
    sent: isSentKnown ? sum(({ sent }) => sent as number) / seconds : undefined,
    ended: sum(({ ended }) => ended.outcome.length) / seconds,
    ok: (countOutcomes(looks)[OUTCOME_CODE.ok] as number) / seconds,
  };
}

/** Response times of the answered calls, or send lags of those that were sent. */
export function quantilesOf(looks: readonly Look[], series: "responseUs" | "sendLagUs"): LiveQuantiles {
  const values: number[] = [];
  for (const { ended } of looks) forEachSample(ended, series, (us) => values.push(us));
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  const quantile = (p: number): number | null =>
    length < MIN_SLOT_SAMPLES ? null : (sorted[rankOf(p, length) - 1] as number);
  return { n: length, p50: quantile(0.5), p99: quantile(0.99), max: sorted.at(-1) ?? null };
}

/** Every sample of a series; a difference of two clocks may come out some microseconds below zero, and means zero. */
export function forEachSample(
  ended: EndedEntries,
  series: "responseUs" | "sendLagUs",
  take: (us: Duration) => void,
): void {
  for (const [index, us] of ended[series].entries()) {
    const counts = series === "sendLagUs" ? !Number.isNaN(us) : isAnswered(ended.outcome[index] as number);
    if (counts) take(Math.max(0, us));
  }
}
