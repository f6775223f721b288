/** An explanation on a page of text: the figures, what is worth knowing, and the shape of the delays. */
import { type Duration, formatDuration } from "../../protocol/time.ts";
import { formatCount, formatMs, NOTHING } from "../../reports/format.ts";
import { countAtMost, type Explanation, type Figures } from "./explain-latency.ts";

const LABEL = 18;
const FIGURE = 13;

/** `form` is the text as it was typed, with the names of files and not their data. */
export function explanationText(explanation: Explanation, form: string): string {
  const { timeout, seed, draws, devices, rate } = explanation;
  const setting = `timeout ${formatDuration(timeout)}; ${formatCount(draws)} draws, seed ${seed}: ${formatCount(devices)} devices, ${formatCount(rate)} calls/s`;
  return [
    form,
    setting,
    "",
    ...figureLines(explanation),
    ...factLines(explanation),
    "",
    ...plotLines(explanation),
    "",
  ].join("\n");
}

const ROWS = [
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["mean", "mean"],
] as const satisfies readonly (readonly [keyof Figures, string])[];

function figureLines({ analytic, drawn, timeout, missedBetween }: Explanation): string[] {
  const row = (label: string, one: string, two: string, note = ""): string =>
    `  ${label.padEnd(LABEL)}${one.padStart(FIGURE)}${two.padStart(FIGURE)}${note}`.trimEnd();
  const delay = (figures: Figures | null, key: (typeof ROWS)[number][0]): string => {
    const value = figures?.[key];
    if (value === undefined) return NOTHING;
    if (value !== null) return formatMs(value);
    return key === "mean" ? (figures?.never === 1 ? NOTHING : "infinite") : "never";
  };
  const share = (value: number | undefined): string => (value === undefined ? NOTHING : fineShare(value));
  const interval = `   99 % interval ${fineShare(missedBetween.low)} to ${fineShare(missedBetween.high)}`;
  const silent = (analytic?.never ?? 0) > 0 || drawn.never > 0;
  return [
    row("ms", "analytic", "drawn"),
    ...ROWS.map(([key, label]) =>
      row(key === "mean" && silent ? "mean of answers" : label, delay(analytic, key), delay(drawn, key)),
    ),
    row(`later than ${formatDuration(timeout)}`, share(analytic?.missed), share(drawn.missed), interval),
    ...(silent ? [row("  of it never", share(analytic?.never), share(drawn.never))] : []),
  ];
}

/** A share in per cent with three digits that count: a miss in 6,000 calls must not read as one in 10,000. */
function fineShare(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** Correlations below this are what independent draws show as well. */
const NOTICEABLE = 0.02;

function factLines({ facts, correlation, analytic }: Explanation): string[] {
  const lines = facts.map(({ name, text }) => [name, text] as const);
  const seen = correlation.map((value) => (value === null ? NOTHING : value.toFixed(3)));
  if (correlation.some((value) => Math.abs(value ?? 0) > NOTICEABLE))
    lines.push(["drawn correlation", `${seen.join("  ")}  with the device's 1st to 5th delay before`]);
  if (analytic === null) lines.push(["analytic", "not known for this form: it depends on the load or the time"]);
  if (lines.length === 0) return [];
  return ["", ...lines.map(([name, text]) => `  ${name.padEnd(LABEL + 1)}${text}`)];
}

const BAR = 44;
const GAP = "...";
const PER_DECADE = 8;
const MOST_ROWS = 28;
/** Where delays lie this close together, even steps show more than even ratios. */
const NARROW = 4;

/** One row a bin, bars in proportion to its share; a line stands at the timeout, which is always an edge. */
function plotLines({ delays, draws, timeout, drawn }: Explanation): string[] {
  const edges = edgesOf(delays, timeout);
  const shares = edges.map((edge, i) => {
    const before = i === 0 ? 0 : countAtMost(delays, edges[i - 1] as number);
    return (countAtMost(delays, edge) - before) / draws;
  });
  const above = (delays.length - countAtMost(delays, edges.at(-1) ?? 0)) / draws;
  const most = Math.max(...shares, above, drawn.never, Number.MIN_VALUE);
  const line = (label: string, share: number): string =>
    `  ${label.padStart(LABEL)}  ${bar(share / most).padEnd(BAR)} ${share === 0 ? "" : percent(share)}`.trimEnd();
  const lines = [`  ${"up to ms".padStart(LABEL)}  share of the draws`];
  for (const [i, edge] of edges.entries()) {
    // Of a long stretch without delays the first row and the last are enough.
    const inGap = [i - 1, i, i + 1].every((near) => shares[near] === 0);
    if (!inGap || edge === timeout) lines.push(line(formatMs(edge), shares[i] as number));
    else if (!lines.at(-1)?.endsWith(GAP)) lines.push(`  ${GAP.padStart(LABEL)}`);
    if (edge === timeout) lines.push(`  ${"timeout".padStart(LABEL)}  ${"- ".repeat(BAR / 2).trimEnd()}`);
  }
  if (above > 0) lines.push(line("more", above));
  if (drawn.never > 0) lines.push(line("never", drawn.never));
  return lines;
}

/** Upper edges of the bins over all but a thousandth of the delays at either end. */
function edgesOf(delays: Float64Array, timeout: Duration): number[] {
  if (delays.length === 0) return [];
  const at = (u: number): number => delays[Math.floor(u * (delays.length - 1))] as number;
  const [low, high] = [at(0.001), at(0.999)];
  if (low === high) return [low];
  if (low > 0 && high / low > NARROW) {
    const first = Math.ceil(PER_DECADE * Math.log10(low / timeout));
    const last = Math.ceil(PER_DECADE * Math.log10(high / timeout));
    const every = Math.ceil((last - first + 1) / MOST_ROWS);
    const start = Math.ceil(first / every);
    return steps(start, Math.ceil(last / every), (k) => timeout * 10 ** ((k * every) / PER_DECADE));
  }
  const step = niceStep((high - low) / 16);
  const first = Math.ceil((low - timeout) / step);
  return steps(first, Math.ceil((high - timeout) / step), (k) => timeout + k * step);
}

function steps(first: number, last: number, edge: (k: number) => number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => edge(first + i));
}

/** The next 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
}

/** Per cent in a column: `10.68 %`. */
function percent(share: number): string {
  return `${(100 * share).toFixed(2).padStart(6)} %`;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** Blocks and an eighth of a block; what is not nothing shows at least a sliver. */
function bar(part: number): string {
  const eighths = part === 0 ? 0 : Math.max(1, Math.round(part * BAR * 8));
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
