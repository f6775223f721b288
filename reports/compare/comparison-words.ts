/** A comparison in words: changes with their signs, and the sentence that stands above everything. */
import { formatQuantity, NOTHING } from "../format.ts";
import type { Comparison, Decided, MetricChange } from "./comparison.ts";
import { medianOfSorted } from "./signed-rank.ts";

/** `+10.2 %`; of shares the difference in percentage points: `+0.2 pp`. */
export function formatChange(change: number | null, kind: MetricChange["kind"]): string {
  if (change === null) return NOTHING;
  const percent = change * 100;
  const digits = kind === "difference" ? 2 : Math.abs(percent) >= 100 ? 0 : 1;
  const text = percent.toFixed(digits);
  const sign = Number(text) > 0 ? "+" : "";
  return `${Number(text) === 0 ? "0" : `${sign}${text}`}${kind === "difference" ? " pp" : " %"}`;
}

/** `[+8.1 %, +12.0 %]`; nothing where the runs are too few for one. */
export function formatInterval({ interval, kind }: Pick<MetricChange, "interval" | "kind">): string {
  if (interval === null) return NOTHING;
  return `[${formatChange(interval.low, kind)}, ${formatChange(interval.high, kind)}]`;
}

/** A chance with two digits that count: `0.031`, `0.5`, `0.00098`. */
export function formatP(p: number | null): string {
  return p === null ? NOTHING : String(Number(p.toPrecision(2)));
}

/** Median of one side's values. */
export function formatMedian(values: readonly number[], { unit }: Pick<MetricChange, "unit">): string {
  if (values.length === 0) return NOTHING;
  return formatQuantity(medianOfSorted([...values].sort((x, y) => x - y)), unit);
}

const VERDICT_WORDS = { worse: "worse", better: "better", no_evidence: "~", no_values: NOTHING } as const;

export function verdictWord({ verdict }: MetricChange): string {
  return VERDICT_WORDS[verdict];
}

/** What was set against what: `5 pairs`, `3 runs against 4`. */
export function sizeWords({ a, b, paired }: Pick<Comparison, "a" | "b" | "paired">): string {
  if (paired) return a.runs.length === 1 ? "1 pair" : `${a.runs.length} pairs`;
  return `${a.runs.length} ${a.runs.length === 1 ? "run" : "runs"} against ${b.runs.length}`;
}

/** How sure the intervals are, in words: they differ only when some runs lack a figure. */
export function confidenceWords({ metrics }: Pick<Comparison, "metrics">): string | undefined {
  const found = new Set(
    metrics.flatMap(({ interval }) =>
      interval === null ? [] : [`${Number((interval.confidence * 100).toFixed(1))} %`],
    ),
  );
  return found.size === 0 ? undefined : [...found].join(" or ");
}

/** The verdict as one sentence. */
export function verdictSentence(decided: Decided): string {
  const deciding = decided.metrics.filter(({ decides }) => decides);
  if (decided.verdict === "cannot_tell") return `Cannot tell: ${decided.doubts[0] ?? ""}`;
  const worse = deciding.filter(({ verdict }) => verdict === "worse");
  const floor = `${Number((decided.rules.floor * 100).toFixed(2))} %`;
  if (worse.length > 0) {
    const parts = worse.map((change) => `${told(change)} (p = ${formatP(change.pWorse)})`);
    return `Regression: ${parts.join("; ")}, beyond the floor of ${floor}, over ${sizeWords(decided)}.`;
  }
  const better = deciding.filter(({ verdict }) => verdict === "better").map(told);
  const gain = better.length > 0 ? ` Better: ${better.join("; ")}.` : "";
  return `No regression over ${sizeWords(decided)}: ${deciding.map(told).join("; ")}.${gain}`;
}

/** `p99(rtt) +10.2 % [+8.1 %, +12.0 %]`. */
function told(change: MetricChange): string {
  const interval = change.interval === null ? "" : ` ${formatInterval(change)}`;
  return `${change.name} ${formatChange(change.change, change.kind)}${interval}`;
}
