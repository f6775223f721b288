/** Judging Gates: pass, fail, unclear when the figure is not sure enough to say, or invalid when the run cannot answer at all. */
import { baselineProblem } from "./baseline-limit.ts";
import { type Bounded, decide, marginOf } from "./decide.ts";
import { formatCount, formatQuantity } from "./format.ts";
import type { Gate, Problem } from "./gate.ts";
import { exactly, type GateInputs, type Measured } from "./gate-inputs.ts";
import { measureLatency } from "./measure-latency.ts";
import { callsToTell, wilsonInterval } from "./statistics/wilson.ts";
import type { Figures, GateResult } from "./summary-schema.ts";

/**
 * Verdict of one Gate. It passes when even the bad end of the figure's interval holds, and fails when not even the good end does.
 * No data is never a pass: an empty series and a percentile that n cannot support are `invalid`, and so are latency and throughput
 * Gates when the generator's health is invalid, because then the figure is not the server's.
 */
export function judgeGate(gate: Gate | Problem, inputs: GateInputs): GateResult {
  if (gate.kind === "problem") return unreadable(gate);
  if (gate.kind === "health") return judgeHealthGate(gate.text, inputs.figures);
  const measured = measure(gate, inputs);
  const { unit, figure, limit, where } = measured;
  const observed = figure?.observed ?? null;
  const shown = {
    text: gate.text,
    unit,
    observed,
    observedText: formatQuantity(observed, unit),
    low: figure?.low ?? null,
    high: figure?.high ?? null,
    limit,
    limitText: `${gate.operator} ${formatQuantity(limit, unit)}`,
    margin: observed === null || limit === null ? null : marginOf(gate.operator, observed, limit),
  };
  const isHealthBound = gate.kind === "latency" || gate.kind === "throughput";
  if (isHealthBound && inputs.figures.health.verdict === "invalid") {
    return {
      ...shown,
      verdict: "invalid",
      reason: "the load generator's health is invalid, so the figure is not the server's",
    };
  }
  if (measured.unanswerable !== undefined || figure === undefined || limit === null) {
    return { ...shown, verdict: "invalid", reason: measured.unanswerable ?? "there is nothing to compare" };
  }
  const verdict = decide(gate.operator, figure, limit);
  const plain = `observed ${shown.observedText}${where}, wanted ${shown.limitText}`;
  if (verdict !== "unclear") return { ...shown, verdict, reason: plain };
  const between = `between ${formatQuantity(figure.low, unit)} and ${formatQuantity(figure.high, unit)}`;
  return { ...shown, verdict, reason: `${plain}, but it may be anything ${between}; ${measured.toTell}` };
}

function measure(gate: Exclude<Gate, { kind: "health" }>, inputs: GateInputs): Measured {
  switch (gate.kind) {
    case "latency":
      return measureLatency(gate, inputs);
    case "count":
      return measureCount(gate, inputs.figures);
    case "throughput":
      return measureThroughput(gate, inputs);
  }
}

/** A count is a fact of the run; so is a share that is to be none, all, or exactly something. */
function measureCount(gate: Gate & { kind: "count" }, { counts, strays }: Figures): Measured {
  const { counted, limit, isShare, operator } = gate;
  const count = counted.kind === "outcome" ? counts[counted.name] : strays[counted.name];
  const { planned } = counts;
  const measured = { limit, unanswerable: planned === 0 ? "no calls were planned" : undefined, where: "", toTell: "" };
  if (!isShare) return { ...measured, unit: "count", figure: exactly(count) };
  if (planned === 0) return { ...measured, unit: "share", figure: undefined };
  if (operator === "==" || limit <= 0 || limit >= 1) {
    return { ...measured, unit: "share", figure: exactly(count / planned) };
  }
  const figure = shareBounds(count, planned);
  const isUnclear = decide(operator, figure, limit) === "unclear";
  return { ...measured, unit: "share", figure, toTell: isUnclear ? callsWanted(figure, limit, planned) : "" };
}

/**
 * Wilson's interval of a share. Where no Call was the odd one out, one Call stands for what a run of this size may have missed, and
 * not the four that the interval allows for: a clean run of 1,000 Calls holds 0.1 %, and one of 100 is too small to.
 * A share of more Calls than were planned (replies that came twice) is taken as it is.
 */
function shareBounds(count: number, planned: number): Bounded {
  const observed = count / planned;
  if (count > planned) return exactly(observed);
  const { low, high } = wilsonInterval(count, planned);
  if (count === 0) return { observed, low: 0, high: Math.min(high, 1 / planned) };
  if (count === planned) return { observed, low: Math.max(low, 1 - 1 / planned), high: 1 };
  return { observed, low, high };
}

function callsWanted({ observed }: Bounded, limit: number, planned: number): string {
  const clean = observed === 0 ? Math.ceil(1 / limit) : Math.ceil(1 / (1 - limit));
  const wanted = observed === 0 || observed === 1 ? clean : callsToTell(observed, limit);
  if (!Number.isFinite(wanted)) return "it is the limit itself, so that no number of calls can tell";
  return `needs about ${formatCount(Math.max(1, wanted - planned))} more calls`;
}

/** With a knee the throughput is that of the knee's step: the overload behind it is on purpose. */
function measureThroughput(gate: Gate & { kind: "throughput" }, { figures, baseline }: GateInputs): Measured {
  const { knee, throughput, counts } = figures;
  const achieved = knee === null ? throughput.achievedPerS : knee.achievedPerS;
  const offered = knee === null ? throughput.offeredPerS : (knee.rate ?? throughput.offeredPerS);
  const nothing = counts.planned === 0 ? "no calls were planned" : "no step of the workload holds";
  const measured = {
    unit: "per_s",
    figure: achieved === null ? undefined : exactly(achieved),
    unanswerable: counts.planned === 0 || achieved === null ? nothing : undefined,
    where: "",
    toTell: "",
  } as const;
  if (gate.of !== "baseline") return { ...measured, limit: gate.of === "planned" ? gate.limit * offered : gate.limit };
  const problem = baselineProblem(baseline, figures.scenario);
  if (problem !== undefined || baseline === undefined) return { ...measured, limit: null, unanswerable: problem };
  return { ...measured, limit: gate.limit * baseline.throughput.achievedPerS };
}

/** A generator that is not well is nobody's failure but its own: anything but healthy is invalid, not failed. */
function judgeHealthGate(text: string, { health }: Figures): GateResult {
  const observed = { healthy: 0, suspect: 1, invalid: 2 }[health.verdict];
  const shown = {
    text,
    unit: "health",
    observed,
    observedText: formatQuantity(observed, "health"),
    low: null,
    high: null,
    limit: 0,
  } as const;
  const bad = health.rows.filter((row) => row.verdict !== "healthy").map((row) => row.name);
  if (bad.length === 0)
    return { ...shown, limitText: "== ok", margin: null, verdict: "pass", reason: "every row is healthy" };
  return { ...shown, limitText: "== ok", margin: null, verdict: "invalid", reason: `not healthy: ${bad.join(", ")}` };
}

function unreadable({ text, message }: Problem): GateResult {
  const shown = {
    observed: null,
    observedText: formatQuantity(null, "count"),
    low: null,
    high: null,
    limit: null,
    limitText: formatQuantity(null, "count"),
  };
  return { text, unit: "count", ...shown, margin: null, verdict: "invalid", reason: message };
}
