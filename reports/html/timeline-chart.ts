/** Three panes over one time axis: who ended how at what rate, how long answers took, and what was underway. */
import { type Instant, SECOND } from "../../protocol/time.ts";
import { formatCount, formatMs } from "../format.ts";
import { element } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import { axisOf } from "./axes.ts";
import { eventMarks } from "./event-marks.ts";
import { drawing, type Frame, px, type Scale, text } from "./svg.ts";
import { inFlight, type Timeline } from "./timeline.ts";
import { latencyPane, loadPane, ratePane } from "./timeline-panes.ts";

const WIDTH = 1060;
const RATE: Frame = { left: 64, top: 46, width: 930, height: 160 };
const LATENCY: Frame = { left: 64, top: 256, width: 930, height: 190 };
const LOAD: Frame = { left: 64, top: 496, width: 930, height: 110 };
const HEIGHT = 654;

/** Parts of a run that are not its steady middle; undefined where there is none, or nothing is known of it. */
export interface Phases {
  readonly warmUpUntil: Instant | undefined;
  readonly drainFrom: Instant | undefined;
}

export interface TimelineChart {
  readonly timeline: Timeline;
  readonly phases: Phases;
  /** When collections of garbage stopped one of the generator's threads. */
  readonly pauses: readonly Instant[];
}

/** The overview timeline of a run with at least one Call. */
export function timelineChart(
  { facts, totals, calls }: RunRecord,
  { timeline, phases, pauses }: TimelineChart,
): string {
  const end = (timeline.slots.length * timeline.slotUs) / SECOND;
  const time = { side: "x", kind: "linear", domain: [0, end], ticks: 10 } as const;
  const { scale: x, drawn } = axisOf(LOAD, { ...time, label: "seconds since the workload began" });
  const bottom = LOAD.top + LOAD.height;
  const content = [
    shading(phases, x, end),
    ratePane(RATE, timeline, x),
    latencyPane(LATENCY, timeline, { x, timeout: facts.timeout }),
    loadPane(LOAD, timeline, { x, pauses }),
    axisOf(RATE, { ...time, label: "" }).drawn,
    axisOf(LATENCY, { ...time, label: "" }).drawn,
    drawn,
    eventMarks(totals.events, x, { frame: RATE, bottom }),
  ];
  const { slots, slotUs } = timeline;
  const worst = slots.reduce((max, slot) => Math.max(max, slot.response.max ?? 0), 0);
  const most = Math.max(0, ...inFlight(timeline));
  const description = `${formatCount(calls.length)} calls in ${slots.length} slots of ${slotUs / SECOND} s; the slowest answer took ${formatMs(worst)} ms; at most ${formatCount(most)} calls were in flight at the end of a slot.`;
  const title = "Rate by outcome, response time and calls in flight over the run";
  return drawing({ id: "timeline", title, description, width: WIDTH, height: HEIGHT }, content.join(""));
}

/** A tinted ground, with its word, from the first pane to the last. */
function shading({ warmUpUntil, drainFrom }: Phases, x: Scale, end: number): string {
  const ground = (word: string, from: number, to: number): string => {
    if (to <= from) return "";
    const [left, right] = [x.at(from), x.at(to)];
    const height = LOAD.top + LOAD.height - RATE.top;
    const shape = { class: "shade", x: px(left), y: RATE.top, width: px(right - left), height };
    const isNarrow = right - left < 60;
    const place = isNarrow ? { "text-anchor": "end" } : { "text-anchor": "start" };
    const label = text(isNarrow ? right : left + 4, RATE.top + RATE.height + 18, word, { class: "tick", ...place });
    return element("rect", shape) + label;
  };
  return (
    (warmUpUntil === undefined ? "" : ground("warm-up", 0, Math.min(end, warmUpUntil / SECOND))) +
    (drainFrom === undefined ? "" : ground("drain", drainFrom / SECOND, end))
  );
}
