/**
 * Gates as text: `<series> <op> <limit>`.
 *
 *   p99(rtt) < 250ms                        p99.9, mean, max, min of rtt, rtt_all, service, lag, overhead, device
 *   p99(rtt) < 1s for any 10s               it holds in whichever 10 s of the run one picks: in every window (`for every` is the same)
 *   p99(rtt) <= 1.10 * baseline or 5ms      against another run; either side of the `or` is enough, without one the second is 1ms
 *   timeouts <= 1%                          any outcome, late_replies, duplicates, unknown_replies: a count, or a share of the planned Calls
 *   throughput >= 500/s                     or >= 0.99 * planned, or >= 0.95 * baseline
 *   health == ok
 */
import { OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import { type Duration, parseDuration, SECOND } from "../protocol/time.ts";
import { nearestName } from "./nearest-name.ts";
import type { SeriesName } from "./series.ts";

const GATE_SERIES = {
  rtt: "responseTime",
  rtt_all: "responseTimeAll",
  service: "serviceTime",
  lag: "sendLag",
  overhead: "overhead",
  device: "deviceTime",
} as const satisfies Readonly<Record<string, SeriesName>>;

const OPERATORS = ["<=", ">=", "==", "<", ">"] as const;
export type Operator = (typeof OPERATORS)[number];

type Stray = "late" | "duplicate" | "unknown";
type Counted = { readonly kind: "outcome"; readonly name: Outcome } | { readonly kind: "stray"; readonly name: Stray };

/** What of a duration series is compared. */
export type Statistic = { readonly kind: "quantile"; readonly p: number } | { readonly kind: "mean" | "max" | "min" };

export type Gate = { readonly text: string; readonly operator: Operator } & (
  | {
      readonly kind: "latency";
      readonly series: SeriesName;
      readonly statistic: Statistic;
      readonly limit: LatencyLimit;
      /** Length of the windows in which it must hold, each by itself; undefined: the whole run. */
      readonly window: Duration | undefined;
    }
  | { readonly kind: "count"; readonly counted: Counted; readonly limit: number; readonly isShare: boolean }
  | { readonly kind: "throughput"; readonly limit: number; readonly of: "second" | "planned" | "baseline" }
  | { readonly kind: "health" }
);

type LatencyLimit =
  | { readonly kind: "fixed"; readonly us: Duration }
  /** `ratio` times the baseline's figure, or `orUs`, whichever is easier to hold. */
  | { readonly kind: "baseline"; readonly ratio: number; readonly orUs: Duration | undefined };

/** Why a text is no Gate. */
export interface Problem {
  readonly kind: "problem";
  readonly text: string;
  /** Where it goes wrong, counted in characters from 0. */
  readonly position: number;
  /** One sentence for the author: what was expected there, and the nearest known name. */
  readonly message: string;
}

const COUNTED: Readonly<Record<string, Counted>> = {
  ...Object.fromEntries(OUTCOMES.map((name) => [name, { kind: "outcome", name }] as const)),
  device_errors: { kind: "outcome", name: "device_error" },
  timeouts: { kind: "outcome", name: "timeout" },
  no_connections: { kind: "outcome", name: "no_connection" },
  server_errors: { kind: "outcome", name: "server_error" },
  transport_errors: { kind: "outcome", name: "transport_error" },
  late_replies: { kind: "stray", name: "late" },
  duplicates: { kind: "stray", name: "duplicate" },
  unknown_replies: { kind: "stray", name: "unknown" },
};
const STATISTICS = ["p50", "p90", "p95", "p99", "p99.9", "mean", "max", "min"];
const WINDOW_WORDS = ["any", "every"];
const NAMES = [...Object.keys(COUNTED), "throughput", "health", ...STATISTICS.map((name) => `${name}(rtt)`)];

interface Limit {
  readonly text: string;
  readonly raw: string;
  readonly position: number;
  readonly operator: Operator;
}

/** Reads one Gate, or says precisely why it is none. */
export function parseGate(text: string): Gate | Problem {
  const match = /^\s*([A-Za-z_][\w.]*(?:\s*\([^)]*\))?)\s*/.exec(text);
  if (match === null) return problem(text, 0, `expected a series such as "p99(rtt)" or "timeouts"`);
  const name = match[1] as string;
  const operatorAt = match[0].length;
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, operatorAt));
  const start = text.length - text.trimStart().length;
  const limitAt = operatorAt + (operator?.length ?? 0);
  const limit: Limit = {
    text,
    raw: text.slice(limitAt).trim(),
    position: limitAt + (text.slice(limitAt).length - text.slice(limitAt).trimStart().length),
    operator: operator ?? "==",
  };
  const gate = parseSeries(name, start, limit);
  // A wrong name comes before a missing operator; a wrong limit does not.
  if (operator === undefined && (!("message" in gate) || gate.position >= operatorAt)) {
    return problem(text, operatorAt, `expected one of < <= > >= == after "${name}"`);
  }
  return gate;
}

function parseSeries(name: string, start: number, limit: Limit): Gate | Problem {
  const call = /^([\w.]+)\s*\(\s*([^)]*?)\s*\)$/.exec(name);
  if (call !== null) return parseLatency(call[1] as string, call[2] as string, { start, limit });
  const counted = Object.hasOwn(COUNTED, name) ? COUNTED[name] : undefined;
  if (counted !== undefined) return parseCount(counted, limit);
  if (name === "throughput") return parseThroughput(limit);
  if (name === "health") return parseHealth(limit);
  if (parseStatistic(name) !== undefined) {
    return problem(limit.text, start + name.length, `expected the series in brackets, such as "${name}(rtt)"`);
  }
  return problem(limit.text, start, `unknown series "${name}"; did you mean "${nearestName(name, NAMES)}"?`);
}

function parseLatency(statisticName: string, seriesName: string, at: { start: number; limit: Limit }): Gate | Problem {
  const { start, limit } = at;
  const { text, raw, position, operator } = limit;
  const statistic = parseStatistic(statisticName);
  if (statistic === undefined) {
    return problem(
      text,
      start,
      `unknown statistic "${statisticName}"; did you mean "${nearestName(statisticName, STATISTICS)}"?`,
    );
  }
  if (!Object.hasOwn(GATE_SERIES, seriesName)) {
    const known = Object.keys(GATE_SERIES);
    const where = text.indexOf("(") + 1;
    const message = `unknown series "${seriesName}"; did you mean "${nearestName(seriesName, known)}"? Known: ${known.join(", ")}`;
    return problem(text, where, message);
  }
  const series = GATE_SERIES[seriesName as keyof typeof GATE_SERIES];
  const split = splitWindow(raw);
  const window = split.word === undefined ? undefined : parseWindow(split, { text, position });
  if (typeof window === "object") return window;
  const parsed = parseLatencyLimit(split.limit, { text, position, operator });
  return parsed.kind === "problem"
    ? parsed
    : { text, operator, kind: "latency", series, statistic, limit: parsed, window };
}

interface Split {
  readonly limit: string;
  /** What stands after `for`; undefined without a `for`. */
  readonly word: string | undefined;
  readonly length: string;
  /** Of both, from the limit's first character. */
  readonly wordAt: number;
  readonly lengthAt: number;
}

function splitWindow(raw: string): Split {
  const match = /^(.*?)(\s*\bfor\b\s*)(\S*)(\s*)(.*)$/.exec(raw);
  if (match === null) return { limit: raw, word: undefined, length: "", wordAt: 0, lengthAt: 0 };
  const [, limit = "", gap = "", word = "", space = "", length = ""] = match;
  const wordAt = limit.length + gap.length;
  return { limit, word, length, wordAt, lengthAt: wordAt + word.length + space.length };
}

function parseWindow(
  { word = "", length, wordAt, lengthAt }: Split,
  { text, position }: Pick<Limit, "text" | "position">,
): Duration | Problem {
  if (!WINDOW_WORDS.includes(word)) {
    const meant = word === "" ? "" : `, not "${word}"; did you mean "${nearestName(word, WINDOW_WORDS)}"?`;
    return problem(text, position + wordAt, `expected "any" or "every" after "for"${meant}`);
  }
  const window = parseDuration(length);
  if (window === undefined || window === 0 || window % SECOND !== 0) {
    return problem(text, position + lengthAt, `expected whole seconds after "for ${word}", such as "10s" or "1m"`);
  }
  return window;
}

function parseLatencyLimit(raw: string, { text, position, operator }: Omit<Limit, "raw">): LatencyLimit | Problem {
  const us = parseDuration(raw);
  if (us !== undefined) return { kind: "fixed", us };
  const match = /^(\d+(?:\.\d+)?)\s*\*\s*([A-Za-z_]+)\s*(?:or\b\s*(<=|>=|<|>)?\s*(.*))?$/.exec(raw);
  if (match === null) {
    const what = `expected a duration with its unit, such as "250ms" or "1.5s", or a ratio such as "1.10 * baseline or 5ms"`;
    return problem(text, position, what);
  }
  const [, ratio, word = "", orOperator = operator, or] = match;
  const wordAt = position + raw.indexOf(word);
  if (word !== "baseline") return problem(text, wordAt, `expected "baseline", not "${word}"`);
  if (operator === "==") return problem(text, text.indexOf("=="), `a ratio of the baseline is not compared with "=="`);
  if (orOperator !== operator) {
    return problem(text, text.lastIndexOf(orOperator), `expected ${operator} after "or", as before it`);
  }
  const orUs = or === undefined ? undefined : parseDuration(or);
  if (or !== undefined && orUs === undefined) {
    return problem(text, position + raw.length - or.length, `expected a duration after "or", such as "5ms"`);
  }
  return { kind: "baseline", ratio: Number(ratio), orUs };
}

function parseStatistic(name: string): Statistic | undefined {
  if (name === "mean" || name === "max" || name === "min") return { kind: name };
  const percent = /^p(\d{1,2}(?:\.\d+)?)$/.exec(name)?.[1];
  if (percent === undefined || Number(percent) === 0) return undefined;
  // Through text, so that p99.9 is 0.999 and not 0.9990000000000001.
  return { kind: "quantile", p: Number(`${percent}e-2`) };
}

function parseCount(counted: Counted, { text, raw, position, operator }: Limit): Gate | Problem {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(raw);
  const isShare = match?.[2] === "%";
  if (match === null || (!isShare && !/^\d+$/.test(raw))) {
    const what = `expected a whole number or a share of the planned calls, such as "0" or "1%"`;
    return problem(text, position, noWindow(raw) ?? what);
  }
  const limit = isShare ? Number(`${match[1]}e-2`) : Number(match[1]);
  return { text, operator, kind: "count", counted, limit, isShare };
}

function noWindow(raw: string): string | undefined {
  return splitWindow(raw).word === undefined
    ? undefined
    : `only durations are judged window by window, with "for any 10s"`;
}

function parseThroughput({ text, raw, position, operator }: Limit): Gate | Problem {
  const match = /^(\d+(?:\.\d+)?)\s*(?:(\/\s*s)|\*\s*(planned|baseline))$/.exec(raw);
  if (match === null) {
    const what = `expected a rate such as "500/s", or a share such as "0.99 * planned" or "0.95 * baseline"`;
    return problem(text, position, noWindow(raw) ?? what);
  }
  const of = match[3] === undefined ? "second" : (match[3] as "planned" | "baseline");
  return { text, operator, kind: "throughput", limit: Number(match[1]), of };
}

function parseHealth({ text, raw, position, operator }: Limit): Gate | Problem {
  if (operator !== "==") return problem(text, text.indexOf(operator), `health is only compared with "=="`);
  if (raw !== "ok") return problem(text, position, `expected "ok" after "health =="`);
  return { text, operator, kind: "health" };
}

function problem(text: string, position: number, what: string): Problem {
  return { kind: "problem", text, position, message: `gate "${text}", at position ${position}: ${what}` };
}
