/** A figure over the run in the room of a word: where it went wrong, not how much. */
import type { GeneratorVitals, ThreadVitals } from "../../protocol/generator-vitals.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../../protocol/time.ts";
import { formatCount, formatMs } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import { px } from "./svg.ts";
import type { Timeline } from "./timeline.ts";

const WIDTH = 120;
const HEIGHT = 20;
const LONG_PAUSE: Duration = MILLISECOND;

export interface Spark {
  /** From the run's beginning to its end, at equal distances; undefined where nothing is known. */
  readonly values: readonly (number | undefined)[];
  /** What the line shows, in a few words. */
  readonly meaning: string;
}

/** What the generator's own rows did over the run, by the row's name. Without vitals some have no line. */
export function generatorSparks(timeline: Timeline, vitals: GeneratorVitals | undefined): ReadonlyMap<string, Spark> {
  return new Map([...callSparks(timeline), ...(vitals === undefined ? [] : vitalsSparks(vitals))]);
}

function callSparks({ slots }: Timeline): [string, Spark][] {
  const lags = slots.map(({ lagUs }) => lagUs);
  const dropped = slots.map(({ settled }) => settled.dropped);
  const sent = slots.map((slot) => slot.sent);
  const largest = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return [
    ["send lag p99", { values: lags, meaning: `largest send lag of each slot, up to ${formatMs(largest(lags))} ms` }],
    [
      "dropped calls",
      { values: dropped, meaning: `dropped calls of each slot, up to ${formatCount(largest(dropped))}` },
    ],
    ["sent calls", { values: sent, meaning: `sent calls of each slot, up to ${formatCount(largest(sent))}` }],
  ];
}

/** The worst of all threads, slot by slot. */
function vitalsSparks({ threads, machine, slotS }: GeneratorVitals): [string, Spark][] {
  const worst = (read: (thread: ThreadVitals) => readonly number[]): number[] => {
    const lists = threads.map(read);
    const length = Math.max(0, ...lists.map((list) => list.length));
    return Array.from({ length }, (_, slot) => Math.max(0, ...lists.map((list) => list[slot] ?? 0)));
  };
  const { stealShare = [], throttledUs = [] } = machine;
  const lost = Array.from({ length: Math.max(stealShare.length, throttledUs.length) }, (_, slot) =>
    Math.max(stealShare[slot] ?? 0, (throttledUs[slot] ?? 0) / (slotS * SECOND)),
  );
  return [
    [
      "loop busy, worst second",
      { values: worst(({ busyMax }) => busyMax), meaning: "the busiest thread's worst second" },
    ],
    [
      "GC pause, longest",
      { values: worst(({ gcMaxUs }) => gcMaxUs), meaning: "longest collection of garbage of any thread" },
    ],
    ["CPU stolen or throttled, worst second", { values: lost, meaning: "share of time stolen or throttled" }],
  ];
}

/** Instants near which a collection of garbage stopped a thread for long enough to show in a response time: the middle of its slot. */
export function longPauses(vitals: GeneratorVitals | undefined): Instant[] {
  if (vitals === undefined) return [];
  const slotUs = vitals.slotS * SECOND;
  const slots = new Set(
    vitals.threads.flatMap(({ gcMaxUs }) =>
      [...gcMaxUs.keys()].filter((slot) => (gcMaxUs[slot] as number) >= LONG_PAUSE),
    ),
  );
  return [...slots].sort((a, b) => a - b).map((slot) => (slot + 0.5) * slotUs);
}

/** The line from 0 at the bottom to its largest value at the top; nothing without two values. */
export function sparkline(spark: Spark | undefined): string {
  const known = spark?.values.filter((value) => value !== undefined) ?? [];
  if (spark === undefined || known.length < 2) return "";
  const most = known.reduce((max, value) => Math.max(max, value), 0) || 1;
  // More values than pixels: the largest of each pixel is kept.
  const columns = Math.min(WIDTH, spark.values.length);
  const points: string[] = [];
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * spark.values.length) / columns);
    const until = Math.floor(((column + 1) * spark.values.length) / columns);
    const own = spark.values.slice(from, until).filter((value) => value !== undefined);
    if (own.length === 0) continue;
    const x = columns === 1 ? 0 : (column / (columns - 1)) * WIDTH;
    points.push(`${px(x)} ${px(HEIGHT - 1 - (Math.max(...own) / most) * (HEIGHT - 2))}`);
  }
  const frame = {
    class: "spark",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: "img",
    "aria-label": spark.meaning,
  };
  const title = element("title", {}, escapeMarkup(spark.meaning));
  return element("svg", frame, title + element("path", { d: `M${points.join("L")}` }));
}
