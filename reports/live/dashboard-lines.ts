/** A frame as the lines of a terminal. Pure: the same frame and width are the same lines. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import { formatCount, formatMs, formatRate, formatSeconds, formatShare, NOTHING } from "../format.ts";
import { sparkline } from "../sparkline.ts";
import type { LiveFrame, LivePoint, LiveQuantiles } from "./live-frame.ts";
import { progressBar } from "./progress-bar.ts";
import { cellsOf, type Piece, paintLine, type Tone } from "./terminal-text.ts";

export interface DashboardOptions {
  /** Cells of a line. */
  readonly width: number;
  readonly colours: boolean;
}

type Line = readonly Piece[];

const LABEL = 10;
const MOST_EVENTS = 4;
const BAR = 20;
/** Shorter, a sparkline shows nothing. */
const SHORTEST_SPARK = 8;
const HEALTH_TONE = { healthy: "good", suspect: "warn", invalid: "odd" } as const;
const OUTCOME_TONE: Partial<Record<Outcome, Tone>> = {
  ok: "good",
  device_error: "warn",
  dropped: "odd",
  cancelled: "soft",
};

/** No line is wider than `width`. */
export function dashboardLines(
  frame: LiveFrame,
  points: readonly LivePoint[],
  { width, colours }: DashboardOptions,
): string[] {
  const hasBegun = frame.elapsed !== undefined;
  const lines: Line[] = [
    ...headLines(frame, width),
    ...(hasBegun
      ? [rateLine(frame, points, width), ...timeLines(frame, points, width), ...callLines(frame, width)]
      : []),
    ...fleetLines(frame),
    ...(hasBegun ? healthLines(frame) : []),
    ...eventLines(frame),
  ];
  return lines.map((line) => paintLine(line, { width, colours }));
}

function headLines({ scenario, engine, seed, doing, elapsed, duration, step }: LiveFrame, width: number): Line[] {
  const left: Line = [
    [scenario, "strong"],
    [` · ${engine} · seed ${seed}`, "soft"],
  ];
  if (elapsed === undefined) return [left, [[doing]]];
  const share = duration === 0 ? 1 : elapsed / duration;
  const times = `${clock(Math.min(elapsed, duration))} of ${clock(duration)}`;
  const stepText =
    step === undefined ? "" : ` · step ${step.number}${step.rate === undefined ? "" : ` at ${formatRate(step.rate)}`}`;
  const words = `${times} · ${doing}${stepText}`;
  const bar = Math.max(0, Math.min(BAR * 2, width - cellsOf(words) - 2));
  return [left, [[progressBar(share, bar), "good"], [`${bar > 0 ? "  " : ""}${words}`]]];
}

/** Minutes and seconds; hours when there are any. */
function clock(us: Duration): string {
  const seconds = Math.max(0, Math.floor(us / SECOND));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours === 0 ? rest : `${hours}:${rest}`;
}

function rateLine({ rates }: LiveFrame, points: readonly LivePoint[], width: number): Line {
  const rate = (value: number | undefined): string => (value === undefined ? NOTHING : formatRate(value));
  const words = [
    ...(rates?.planned === undefined ? [] : [`planned ${rate(rates.planned)}`]),
    ...(rates?.sent === undefined ? [] : [`sent ${rate(rates.sent)}`]),
    `ended ${rate(rates?.ended)}`,
    `ok ${rate(rates?.ok)}`,
  ];
  const text = label("rate") + words.join("  ");
  return [
    [text],
    ...spark(
      text,
      points.map((point) => point.rates.ended),
      width,
    ),
  ];
}

function timeLines(frame: LiveFrame, points: readonly LivePoint[], width: number): Line[] {
  const rows: [string, LiveQuantiles, number[] | undefined, Tone][] = [
    ["last 1 s", frame.second, points.map(({ response }) => response.p99 ?? Number.NaN), "strong"],
    ["so far", frame.overall, undefined, "plain"],
    ["send lag", frame.lagOverall, points.map(({ lag }) => lag.p99 ?? Number.NaN), "soft"],
  ];
  const cells = rows.map(([, of]) => [of.p50, of.p99, of.max].map(formatMs));
  const wide = Math.max(8, ...cells.flat().map((cell) => cell.length));
  const row = (name: string, of: readonly string[]): string =>
    label(name) + of.map((cell) => cell.padStart(wide)).join(" ");
  const heading = row("ms", ["p50", "p99", "max"]);
  return [
    [[heading, "soft"], ...note(heading, "  p99 by the second", width)],
    ...rows.map(([name, , series, tone], index): Line => {
      const text = row(name, cells[index] as string[]);
      return [[text, tone], ...(series === undefined ? [] : spark(text, series, width))];
    }),
  ];
}

function callLines({ planned, ended, inFlight, outcomes }: LiveFrame, width: number): Line[] {
  const of = planned === undefined ? "" : ` of ${formatCount(planned)}`;
  const flying = inFlight === undefined ? "" : `, ${formatCount(inFlight)} in flight`;
  const lines: Line[] = [[[`${label("calls")}${formatCount(ended)}${of} ended${flying}`]]];
  const had = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  const wide = Math.max(0, ...had.map((outcome) => formatCount(outcomes[outcome]).length));
  for (const outcome of had) {
    const share = outcomes[outcome] / ended;
    const text = `  ${outcome.padEnd(16)}${formatCount(outcomes[outcome]).padStart(wide)}  ${formatShare(share).padStart(9)}`;
    const bar = Math.min(BAR, width - text.length - 2);
    const tone = OUTCOME_TONE[outcome] ?? "bad";
    lines.push([[text], ...(bar < SHORTEST_SPARK ? [] : [[`  ${progressBar(share, bar).trimEnd()}`, tone] as const])]);
  }
  return lines;
}

function fleetLines({ fleet }: LiveFrame): Line[] {
  if (fleet === undefined) return [];
  const { devices, connected, lost, reconnects, refused } = fleet;
  const rest: [number, string][] = [
    [lost, "lost"],
    [reconnects, "made again"],
    [refused, "refused"],
  ];
  const words = rest.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
  const text = [`${formatCount(connected)} of ${formatCount(devices)} connected`, ...words].join(", ");
  return [[[label("fleet")], [text, connected < devices ? "warn" : "plain"]]];
}

function healthLines({ health, busy }: LiveFrame): Line[] {
  const { verdict, notes } = health;
  const vitals = busy === undefined ? "" : `  caller's thread ${formatShare(Number(busy.toFixed(2)))} busy`;
  return [
    [[label("health")], [verdict, HEALTH_TONE[verdict]], [vitals, "soft"]],
    ...notes.map((text): Line => [[`  ${text}`, HEALTH_TONE[verdict]]]),
  ];
}

function eventLines({ events }: LiveFrame): Line[] {
  return events
    .slice(-MOST_EVENTS)
    .map(
      ({ at, label: text }, index): Line => [
        [`${label(index === 0 ? "events" : "")}${formatSeconds(at / SECOND)}  ${text}`, "soft"],
      ],
    );
}

function label(text: string): string {
  return text.padEnd(LABEL);
}

/** What is left of a line after `text`, if it is enough. */
function spark(text: string, values: readonly number[], width: number): Piece[] {
  const room = width - cellsOf(text) - 2;
  const drawn = sparkline(
    values.map((value) => (Number.isNaN(value) ? null : value)),
    { cells: room },
  );
  return room < SHORTEST_SPARK || drawn === "" ? [] : [["  "], [drawn, "good"]];
}

function note(text: string, words: string, width: number): Piece[] {
  return cellsOf(text + words) > width ? [] : [[words, "soft"]];
}
