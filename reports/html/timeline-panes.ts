/** The panes of the overview timeline, each in its frame over a common time axis. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import { axisOf, shortMs } from "./axes.ts";
import { outcomeArea } from "./hatch.ts";
import { type Frame, line, logScale, logTicks, polyline, px, type Scale, spread, text } from "./svg.ts";
import { inFlight, type Slot, slotQuantile, type Timeline } from "./timeline.ts";

/** Percentiles of the latency pane, the highest first: the curve that is drawn last lies on top. */
export const LATENCY_CURVES = [
  { name: "max", className: "line max", read: ({ response }: Slot) => response.max },
  { name: "p99", className: "line p99", read: (slot: Slot) => slotQuantile(slot, 0.99) },
  { name: "p90", className: "line p90", read: (slot: Slot) => slotQuantile(slot, 0.9) },
  { name: "p50", className: "line p50", read: (slot: Slot) => slotQuantile(slot, 0.5) },
] as const;

/** Above the highest rate: events have their labels there. */
const ROOM = 1.3;
/** Below this a lag is noise of the clock. */
const LEAST_LAG_US = 10;

/** Completions by Outcome, stacked, and the planned and the sent rate as lines. */
export function ratePane(frame: Frame, { slots, slotUs }: Timeline, x: Scale): string {
  const perSecond = (count: number): number => (count * SECOND) / slotUs;
  const total = (slot: Slot): number => OUTCOMES.reduce((sum, outcome) => sum + slot.settled[outcome], 0);
  const highest = Math.max(1, ...slots.map((slot) => Math.max(slot.planned, slot.sent, total(slot)))) * ROOM;
  const label = "calls per second, by outcome";
  const domain = [0, perSecond(highest)] as const;
  const { scale: y, drawn } = axisOf(frame, { side: "y", kind: "linear", domain, ticks: 4, label });
  const base = slots.map(() => 0);
  const occurred = OUTCOMES.filter((outcome) => slots.some((slot) => slot.settled[outcome] > 0));
  const areas = occurred.map((outcome) => area(outcome, slots, { base, x, y, slotUs }));
  const rate = (read: (slot: Slot) => number, className: string): string =>
    polyline(
      steps(slots, slotUs, read).map(([at, count]) => [x.at(at), y.at(perSecond(count))] as const),
      className,
    );
  const lines = rate(({ sent }) => sent, "sent") + rate(({ planned }) => planned, "planned");
  return drawn + areas.join("") + lines;
}

interface Stack {
  /** Height of what is already stacked, per slot; grown by each area. */
  readonly base: number[];
  readonly x: Scale;
  readonly y: Scale;
  readonly slotUs: Duration;
}

/** One band of the stack, with a vertical edge between slots: rates are counts of a slot, not points to be joined. */
function area(outcome: Outcome, slots: readonly Slot[], { base, x, y, slotUs }: Stack): string {
  const height = (count: number): number => y.at((count * SECOND) / slotUs);
  const top: string[] = [];
  const bottom: string[] = [];
  let shapes = "";
  const close = (): void => {
    if (top.length > 0) shapes += `M${top.join("L")}L${bottom.reverse().join("L")}Z`;
    top.length = 0;
    bottom.length = 0;
  };
  for (const [index, slot] of slots.entries()) {
    const low = base[index] as number;
    const high = low + slot.settled[outcome];
    base[index] = high;
    // Rare Outcomes are drawn where they are: an area of no height over the whole run takes room and shows nothing.
    if (high === low) {
      close();
      continue;
    }
    const [left, right] = [x.at((index * slotUs) / SECOND), x.at(((index + 1) * slotUs) / SECOND)];
    top.push(`${px(left)} ${px(height(high))}H${px(right)}`);
    bottom.push(`${px(right)} ${px(height(low))}H${px(left)}`);
  }
  close();
  return outcomeArea(outcome, shapes);
}

function steps(slots: readonly Slot[], slotUs: Duration, count: (slot: Slot) => number): (readonly [number, number])[] {
  return slots.flatMap((slot, index) => [
    [(index * slotUs) / SECOND, count(slot)] as const,
    [((index + 1) * slotUs) / SECOND, count(slot)] as const,
  ]);
}

interface LatencyPlace {
  readonly x: Scale;
  readonly timeout: Duration;
}

/** Percentiles of the response time by the slot of the intended start, with the deadline across. */
export function latencyPane(frame: Frame, { slots, slotUs }: Timeline, { x, timeout }: LatencyPlace): string {
  const seen = slots.flatMap(({ response }) => [response.min, response.max]).filter((us) => us !== undefined);
  const lowest = Math.max(100, Math.min(timeout, ...seen));
  const label = "response time from the intended start, ms (log)";
  const domain = [10 ** Math.floor(Math.log10(lowest)), Math.max(timeout, ...seen) * 1.6] as const;
  const { scale: y, drawn } = axisOf(frame, { side: "y", kind: "log", domain, label });
  const right = frame.left + frame.width;
  const curves = LATENCY_CURVES.map(({ name, className, read }) => {
    const points = slots.map((slot, index) => {
      const us = read(slot);
      return us === undefined ? undefined : ([x.at(((index + 0.5) * slotUs) / SECOND), y.at(us)] as const);
    });
    return { name, drawn: polyline(points, className), end: points.findLast((point) => point !== undefined) };
  });
  const ends = curves.flatMap(({ name, end }) => (end === undefined ? [] : [{ name, y: end[1] + 4 }]));
  const deadline = y.at(timeout);
  return [
    drawn,
    line([frame.left, deadline], [right, deadline], "deadline"),
    text(right, deadline - 6, `deadline ${shortMs(timeout)} ms`, { class: "tick danger", "text-anchor": "end" }),
    ...curves.map((curve) => curve.drawn),
    ...spread(ends.reverse()).map((end) => text(right + 8, end.y, end.name, { class: "curvelabel" })),
  ].join("");
}

interface LoadPlace {
  readonly x: Scale;
  /** Instants of pauses of the generator's threads. */
  readonly pauses: readonly Instant[];
}

/** Calls in flight on the left axis, the generator's largest lag on the right one, its pauses as ticks at the bottom. */
export function loadPane(frame: Frame, timeline: Timeline, { x, pauses }: LoadPlace): string {
  const { slots, slotUs } = timeline;
  const open = inFlight(timeline);
  const label = "calls in flight at the end of a slot";
  const domain = [0, Math.max(1, ...open) * 1.1] as const;
  const { scale: y, drawn } = axisOf(frame, { side: "y", kind: "linear", domain, ticks: 3, label });
  const flight = open.map((count, index) => [x.at(((index + 1) * slotUs) / SECOND), y.at(count)] as const);
  const right = frame.left + frame.width;
  const bottom = frame.top + frame.height;
  const lags = slots.map(({ lagUs }) => (lagUs === undefined ? undefined : Math.max(LEAST_LAG_US, lagUs)));
  const largest = Math.max(1_000, ...lags.map((us) => us ?? 0));
  const lagAxis = logScale([LEAST_LAG_US, largest * 1.5], [bottom, frame.top]);
  const lagPoints = lags.map((us, index) =>
    us === undefined ? undefined : ([x.at(((index + 0.5) * slotUs) / SECOND), lagAxis.at(us)] as const),
  );
  const ticks = logTicks(LEAST_LAG_US, largest * 1.5).filter((_, index, all) => all.length < 5 || index % 2 === 1);
  const rug = pauses.map((at) => `M${px(x.at(at / SECOND))} ${bottom}v-8`).join("");
  return [
    drawn,
    ...ticks.map((us) => text(right + 8, lagAxis.at(us) + 4, shortMs(us), { class: "tick" })),
    text(right, frame.top - 9, "largest send lag of a slot, ms (log, right)", { class: "axis", "text-anchor": "end" }),
    polyline(flight, "line flight"),
    polyline(lagPoints, "line lag"),
    rug === "" ? "" : `<path class="rug" d="${rug}"/>`,
  ].join("");
}
