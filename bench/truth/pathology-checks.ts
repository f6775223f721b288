/** Pathologies with answers that can be calculated: what the reports publish of each against what is true of its plan. */
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import { formatAllMs, formatQuantity } from "../../reports/format.ts";
import { summarize } from "../../reports/summary.ts";
import type { Summary } from "../../reports/summary-schema.ts";
import { type Check, checkOf, type Figure } from "./check.ts";
import { MODELS } from "./pathology.ts";
import { planOf, type Rig, type TruthRun } from "./rig.ts";
import { closedLoop, quantileOf, type Truth, truthOf } from "./truth.ts";

interface PathologyRun extends TruthRun {
  readonly title: string;
}

const TYPICAL = { rate: 200, seconds: 8, seed: "truth" };

export const PATHOLOGY_RUNS: readonly PathologyRun[] = [
  { ...TYPICAL, pathology: "1 s stall", title: "server stands still for 1 s", seconds: 12 },
  { ...TYPICAL, pathology: "50 ms pause every second", title: "50 ms pause every second" },
  { ...TYPICAL, pathology: "1 % slow", title: "every 100th call slow" },
  { ...TYPICAL, pathology: "bimodal", title: "two kinds of answers, 100 and 400 ms" },
  { ...TYPICAL, pathology: "late replies", title: "every 20th reply after the deadline" },
  { ...TYPICAL, pathology: "lost replies", title: "every 50th reply lost" },
  { ...TYPICAL, pathology: "slow warm-up", title: "slow warm-up, 200 ms at first", seconds: 12 },
  { ...TYPICAL, pathology: "saturation", title: "one queue at 90 % load", rate: 50, seconds: 12 },
  {
    ...TYPICAL,
    pathology: "bimodal",
    title: "two kinds of answers while the wall clock jumps by hours",
    seconds: 4,
    harm: { kind: "clock", forwardAtMs: 1_200, backAtMs: 2_400 },
  },
];

const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, max: 1 } as const;
const TOLERANCE = 0.02;
/** One call in thousands that was held up for some milliseconds makes a smaller maximum than this its own. */
const JUDGED_MAXIMUM: Duration = 500 * MILLISECOND;
/** The usual pool of a tool that waits for its answers. */
const CLOSED_CONNECTIONS = 10;

/** Runs it, and once more when generator, machine or the suite's own server were not fit to be held against the truth. */
export async function checkPathology(rig: Rig, run: PathologyRun): Promise<Check> {
  const first = await attempt(rig, run);
  if (first.verdict !== "cannot tell") return first;
  const second = await attempt(rig, run);
  return { ...second, runs: 2, notes: [...first.problems.map((problem) => `repeated: ${problem}`), ...second.notes] };
}

async function attempt(rig: Rig, run: PathologyRun): Promise<Check> {
  const name = `${run.title} (${run.rate}/s, ${run.seconds} s)`;
  const summary = summarize((await rig.run(run)).record);
  const truth = truthOf(MODELS[run.pathology](), planOf(run));
  const figures = figuresOf(run, summary, truth);
  // No machine is too busy to count.
  const wrong = countProblems(summary, truth);
  if (wrong.length > 0) return checkOf(name, wrong, { figures });
  const { verdict } = summary.health;
  if (verdict !== "healthy")
    return checkOf(name, [`${verdict}: ${unwellRows(summary)}.`], { verdict: "cannot tell", figures });
  const off = figures
    .filter(({ name, truth }) => name !== "max" || truth >= JUDGED_MAXIMUM)
    .filter(({ truth, measured }) => !(Math.abs(measured - truth) <= TOLERANCE * truth))
    .map(({ name, truth, measured }) => `${name} is ${percentOff(measured, truth)} off.`);
  const noise = off.length > 0 ? noiseOf(summary, truth) : undefined;
  if (noise !== undefined) return checkOf(name, [...off, noise], { verdict: "cannot tell", figures });
  return checkOf(name, [...censoredProblems(summary, truth), ...off], { figures });
}

/** Why so small a difference means nothing: sends and answers were late themselves, each by its own sender's clock. */
function noiseOf({ sendLagUs, replyLagUs }: Summary, { responseTimes }: Truth): string | undefined {
  const late = (sendLagUs.p99 ?? 0) + (replyLagUs.p99 ?? 0);
  if (late <= TOLERANCE * (responseTimes[0] as Duration)) return undefined;
  return `busy machine: sends late by p99 ${formatQuantity(sendLagUs.p99, "us")}, answers by ${formatQuantity(replyLagUs.p99, "us")}.`;
}

export function unwellRows({ health }: Summary): string {
  return health.rows
    .filter(({ verdict }) => verdict !== "healthy")
    .map(({ name, value, unit }) => `${name} ${formatQuantity(value, unit)}`)
    .join(", ");
}

function figuresOf(run: PathologyRun, summary: Summary, { responseTimes }: Truth): Figure[] {
  const closed = closedLoop(MODELS[run.pathology](), planOf(run), CLOSED_CONNECTIONS);
  return Object.entries(SHARES).map(([key, share]) => ({
    name: key,
    truth: quantileOf(responseTimes, share),
    measured: summary.responseTimeAllUs[key as keyof typeof SHARES] ?? Number.NaN,
    closedLoop: quantileOf(closed, share),
  }));
}

/** Every planned Call once, none made up, none lost. */
function countProblems({ counts, strays, responseTimeAllUs, violations, accounting }: Summary, truth: Truth): string[] {
  const expected: [string, number, number][] = [
    ["planned calls", counts.planned, truth.responseTimes.length],
    ["samples", responseTimeAllUs.n, truth.responseTimes.length],
    ["ok", counts.ok, truth.answered],
    ["timeout", counts.timeout, truth.timedOut],
    ["late replies", strays.late, truth.late],
    ["wrong replies", violations.replyIntegrity, 0],
    ["accounted for", accounting.sum, truth.responseTimes.length],
  ];
  return expected
    .filter(([, measured, right]) => measured !== right)
    .map(([what, measured, right]) => `${what}: ${measured} instead of ${right}.`);
}

/** Beyond the share that waited in vain a percentile is only known to be the deadline or more, and must say so. */
function censoredProblems(summary: Summary, { timedOut, responseTimes }: Truth): string[] {
  return (["p90", "p95", "p99"] as const).flatMap((key) => {
    const isCensored = timedOut / responseTimes.length > 1 - SHARES[key];
    if (formatAllMs(summary, key).startsWith("≥") === isCensored) return [];
    return [`${key} is printed as ${formatAllMs(summary, key)} ms.`];
  });
}

function percentOff(measured: Duration, truth: Duration): string {
  const percent = ((measured - truth) / truth) * 100;
  return `${percent > 0 ? "+" : ""}${percent.toFixed(1)} %`;
}
