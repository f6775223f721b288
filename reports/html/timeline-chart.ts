/** Two panes over one time axis: who ended how at what rate, and how long the answers took. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { SECOND } from "../../protocol/time.ts";
import { formatMs } from "../format.ts";
import { element } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import { axisOf, shortMs } from "./axes.ts";
import { eventMarks } from "./event-marks.ts";
import { drawing, type Frame, line, polyline, px, type Scale, text } from "./svg.ts";
import { type Slot, slotQuantile, type Timeline } from "./timeline.ts";

const WIDTH = 1060;
const RATE: Frame = { left: 64, top: 46, width: 976, height: 170 };
const LATENCY: Frame = { left: 64, top: 268, width: 976, height: 190 };
const HEIGHT = 506;

/** The overview timeline of a run with at least one Call. */
export function timelineChart(record: RunRecord, timeline: Timeline): string {
  const end = (timeline.slots.length * timeline.slotUs) / SECOND;
  const time = { side: "x", kind: "linear", domain: [0, end], ticks: 10 } as const;
  const { scale: x, drawn } = axisOf(LATENCY, { ...time, label: "seconds since the workload began" });
  const content = [
    ratePane(timeline, x),
    latencyPane(timeline, x, record.facts.timeout),
    axisOf(RATE, { ...time, label: "" }).drawn,
    drawn,
    eventMarks(record.totals.events, x, { frame: RATE, bottom: LATENCY.top + LATENCY.height }),
  ];
  const id = "timeline";
  const title = "Rate by outcome and response time over the run";
  return drawing(
    { id, title, description: describe(record, timeline), width: WIDTH, height: HEIGHT },
    content.join(""),
  );
}

function describe({ calls }: RunRecord, { slots, slotUs }: Timeline): string {
  const worst = slots.reduce((max, slot) => Math.max(max, slot.response.max ?? 0), 0);
  return `${calls.length} calls in ${slots.length} slots of ${slotUs / SECOND} s; the slowest answer took ${formatMs(worst)} ms.`;
}

function ratePane({ slots, slotUs }: Timeline, x: Scale): string {
  const perSecond = (count: number): number => (count * SECOND) / slotUs;
  const total = (slot: Slot): number => OUTCOMES.reduce((sum, outcome) => sum + slot.settled[outcome], 0);
  const highest = Math.max(1, ...slots.map((slot) => Math.max(slot.planned, total(slot)))) * 1.08;
  const label = "calls per second, by outcome";
  const domain = [0, perSecond(highest)] as const;
  const { scale: y, drawn } = axisOf(RATE, { side: "y", kind: "linear", domain, ticks: 4, label });
  const base = slots.map(() => 0);
  const areas = OUTCOMES.map((outcome) => area(outcome, slots, { base, x, y, slotUs }));
  const plannedPoints = steps(slots, slotUs, (slot) => slot.planned).map(
    ([at, count]) => [x.at(at), y.at(perSecond(count))] as const,
  );
  return drawn + areas.join("") + polyline(plannedPoints, "planned");
}

interface Stack {
  /** Height of what is already stacked, per slot; grown by each area. */
  readonly base: number[];
  readonly x: Scale;
  readonly y: Scale;
  readonly slotUs: number;
}

/** One band of the stack, with a vertical edge between slots: rates are counts of a slot, not points to be joined. */
function area(outcome: Outcome, slots: readonly Slot[], { base, x, y, slotUs }: Stack): string {
  if (slots.every((slot) => slot.settled[outcome] === 0)) return "";
  const height = (count: number): number => y.at((count * SECOND) / slotUs);
  const top: string[] = [];
  const bottom: string[] = [];
  for (const [index, slot] of slots.entries()) {
    const [left, right] = [x.at((index * slotUs) / SECOND), x.at(((index + 1) * slotUs) / SECOND)];
    const low = base[index] as number;
    const high = low + slot.settled[outcome];
    top.push(`${px(left)} ${px(height(high))}H${px(right)}`);
    bottom.push(`${px(right)} ${px(height(low))}H${px(left)}`);
    base[index] = high;
  }
  return element("path", { class: `o-${outcome}`, d: `M${top.join("L")}L${bottom.reverse().join("L")}Z` });
}

function steps(slots: readonly Slot[], slotUs: number, count: (slot: Slot) => number): (readonly [number, number])[] {
  return slots.flatMap((slot, index) => [
    [(index * slotUs) / SECOND, count(slot)] as const,
    [((index + 1) * slotUs) / SECOND, count(slot)] as const,
  ]);
}

function latencyPane({ slots, slotUs }: Timeline, x: Scale, timeout: number): string {
  const seen = slots.flatMap((slot) => [slot.response.min, slot.response.max]).filter((us) => us !== undefined);
  const lowest = Math.max(100, Math.min(timeout, ...seen));
  const label = "response time from the intended start, ms (log)";
  const domain = [floorToDecade(lowest), Math.max(timeout, ...seen) * 1.6] as const;
  const { scale: y, drawn } = axisOf(LATENCY, { side: "y", kind: "log", domain, label });
  const center = (index: number): number => x.at(((index + 0.5) * slotUs) / SECOND);
  const curve = (read: (slot: Slot) => number | undefined, className: string): string =>
    polyline(
      slots.map((slot, index) => {
        const us = read(slot);
        return us === undefined ? undefined : ([center(index), y.at(us)] as const);
      }),
      className,
    );
  const deadline = y.at(timeout);
  const right = LATENCY.left + LATENCY.width;
  return [
    drawn,
    line([LATENCY.left, deadline], [right, deadline], "deadline"),
    text(right, deadline - 6, `deadline ${shortMs(timeout)} ms`, { class: "tick danger", "text-anchor": "end" }),
    curve((slot) => slot.response.max, "line max"),
    curve((slot) => slotQuantile(slot, 0.99), "line p99"),
    curve((slot) => slotQuantile(slot, 0.5), "line p50"),
  ].join("");
}

function floorToDecade(us: number): number {
  return 10 ** Math.floor(Math.log10(us));
}
