/** A frame as the words of the page: the same for the table that is sent with it and for each update. */
import { OUTCOMES } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { formatCount, formatMs, formatRate, formatSeconds, formatShare, NOTHING } from "../format.ts";
import type { LiveFrame, LiveQuantiles } from "./live-frame.ts";

/** One figure: where it stands on the page, what it is, and its text. */
interface LiveText {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

export interface LiveSection {
  readonly title: string;
  readonly rows: readonly LiveText[];
}

/** Rows of the times table: id, label, and the figures of COLUMNS. */
export const TIME_ROWS = [
  ["second", "response time, last second"],
  ["overall", "response time so far"],
  ["lagSecond", "send lag, last second"],
  ["lagOverall", "send lag so far"],
] as const satisfies readonly (readonly [keyof LiveFrame, string])[];
export const TIME_COLUMNS = ["n", "p50", "p99", "max"] as const satisfies readonly (keyof LiveQuantiles)[];

export function liveSections(frame: LiveFrame): LiveSection[] {
  return [
    { title: "Run", rows: runRows(frame) },
    { title: "Rates, last second", rows: rateRows(frame) },
    { title: "Calls", rows: callRows(frame) },
    { title: "Fleet and generator", rows: fleetRows(frame) },
  ];
}

/** Every text of the page by its id. */
export function liveTexts(frame: LiveFrame): Record<string, string> {
  const texts = liveSections(frame).flatMap(({ rows }) => rows.map(({ id, text }): [string, string] => [id, text]));
  const times = TIME_ROWS.flatMap(([row]) =>
    TIME_COLUMNS.map((column): [string, string] => [`${row}-${column}`, timeText(frame[row], column)]),
  );
  return Object.fromEntries([...texts, ...times, ["events", eventText(frame)], ["verdict", verdictText(frame)]]);
}

function timeText(of: LiveQuantiles, column: (typeof TIME_COLUMNS)[number]): string {
  return column === "n" ? formatCount(of.n) : formatMs(of[column]);
}

function runRows({ doing, elapsed, duration, step }: LiveFrame): LiveText[] {
  const time = elapsed === undefined ? NOTHING : formatSeconds(Math.floor(Math.min(elapsed, duration) / SECOND));
  const rows = [
    { id: "doing", label: "doing", text: doing },
    { id: "time", label: "time", text: `${time} of ${formatSeconds(duration / SECOND)}` },
  ];
  if (step === undefined) return rows;
  const at = step.rate === undefined ? "" : ` at ${formatRate(step.rate)}`;
  return [...rows, { id: "step", label: "step", text: `${step.number} of at most ${step.of}${at}` }];
}

function rateRows({ rates }: LiveFrame): LiveText[] {
  const rate = (value: number | undefined): string => (value === undefined ? NOTHING : formatRate(value));
  return [
    { id: "rate-planned", label: "planned", text: rate(rates?.planned) },
    { id: "rate-sent", label: "sent", text: rate(rates?.sent) },
    { id: "rate-ended", label: "ended", text: rate(rates?.ended) },
    { id: "rate-ok", label: "ok", text: rate(rates?.ok) },
  ];
}

function callRows({ planned, ended, inFlight, outcomes }: LiveFrame): LiveText[] {
  const count = (value: number | undefined): string => (value === undefined ? NOTHING : formatCount(value));
  const share = (value: number): string =>
    value === 0 ? "0" : `${formatCount(value)} (${formatShare(value / ended)})`;
  return [
    { id: "planned", label: "planned", text: count(planned) },
    { id: "ended", label: "ended", text: count(ended) },
    { id: "in-flight", label: "in flight", text: count(inFlight) },
    ...OUTCOMES.map((name) => ({ id: `outcome-${name}`, label: name, text: share(outcomes[name]) })),
  ];
}

function fleetRows({ fleet, health, busy }: LiveFrame): LiveText[] {
  const count = (value: number | undefined): string => (value === undefined ? NOTHING : formatCount(value));
  const connected = fleet === undefined ? NOTHING : `${count(fleet.connected)} of ${count(fleet.devices)}`;
  return [
    { id: "connected", label: "devices connected", text: connected },
    { id: "lost", label: "connections lost", text: count(fleet?.lost) },
    { id: "reconnects", label: "connections made again", text: count(fleet?.reconnects) },
    { id: "refused", label: "attempts to connect that came to nothing", text: count(fleet?.refused) },
    { id: "health", label: "load generator", text: [health.verdict, ...health.notes].join("; ") },
    {
      id: "busy",
      label: "caller's thread busy",
      text: busy === undefined ? NOTHING : formatShare(Number(busy.toFixed(2))),
    },
  ];
}

function eventText({ events }: LiveFrame): string {
  if (events.length === 0) return "none so far";
  return events.map(({ at, label }) => `${formatSeconds(at / SECOND)}  ${label}`).join("\n");
}

function verdictText({ end }: LiveFrame): string {
  if (end === undefined) return "";
  return [`The run is over: ${end.verdict.toUpperCase()}.`, ...end.reasons, `Report: ${end.report}`].join("\n");
}
