/** Offered against achieved rate of every step, and the p99 beside it: where the target stops keeping up. */
import { formatRate } from "../format.ts";
import { element } from "../markup.ts";
import type { Summary } from "../summary-schema.ts";
import { axisOf, type DrawnAxis, shortMs } from "./axes.ts";
import { drawing, type Frame, line, polyline, px, type Scale, text } from "./svg.ts";

const WIDTH = 1060;
const HEIGHT = 316;
const ACHIEVED: Frame = { left: 64, top: 34, width: 430, height: 230 };
const P99: Frame = { left: 600, top: 34, width: 430, height: 230 };

/** The chart of a run with more than one open step; undefined otherwise. */
export function stepsChart(summary: Summary): string | undefined {
  const steps = summary.steps.filter((step) => step.rate !== null && step.reason !== "not_run");
  if (steps.length < 2) return undefined;
  const highest = Math.max(...steps.map((step) => step.rate ?? 0)) * 1.05;
  const content = [achievedPane(summary, steps, highest), latencyPane(summary, steps, highest)];
  const description = `Achieved rate and p99 of ${steps.length} steps up to ${formatRate(highest / 1.05)} offered.`;
  return drawing(
    { id: "steps", title: "Achieved rate and p99 by offered rate", description, width: WIDTH, height: HEIGHT },
    content.join(""),
  );
}

type Steps = Summary["steps"];

function achievedPane(summary: Summary, steps: Steps, highest: number): string {
  const { scale: x, drawn: xDrawn } = offeredAxis(ACHIEVED, highest);
  const label = "achieved ok calls per second";
  const { scale: y, drawn } = axisOf(ACHIEVED, { side: "y", kind: "linear", domain: [0, highest], label });
  const points = steps.map((step) => [x.at(step.rate ?? 0), y.at(step.achievedPerS)] as const);
  return [
    drawn,
    xDrawn,
    line([x.at(0), y.at(0)], [x.at(highest), y.at(highest)], "ideal"),
    polyline(points, "line p50"),
    ...steps.map((step, index) => dot(points[index] ?? [0, 0], step.holds)),
    kneeMark(summary, x, ACHIEVED),
  ].join("");
}

function latencyPane(summary: Summary, steps: Steps, highest: number): string {
  const { scale: x, drawn: xDrawn } = offeredAxis(P99, highest);
  const values = steps.map((step) => step.p99).filter((us) => us !== null);
  const limit = summary.knee === null ? [] : [summary.knee.maxP99Us];
  const [low, high] =
    values.length === 0 ? [1_000, 100_000] : [Math.min(...values, ...limit), Math.max(...values, ...limit)];
  const label = "p99 of the response time, ms (log)";
  const { scale: y, drawn } = axisOf(P99, { side: "y", kind: "log", domain: [low / 1.6, high * 1.6], label });
  const points = steps.map((step) =>
    step.p99 === null ? undefined : ([x.at(step.rate ?? 0), y.at(step.p99)] as const),
  );
  const marks = limit.map((us) => {
    const label = text(P99.left + 6, y.at(us) - 6, `limit ${shortMs(us)} ms`, { class: "tick danger" });
    return line([P99.left, y.at(us)], [P99.left + P99.width, y.at(us)], "deadline") + label;
  });
  return [
    drawn,
    xDrawn,
    ...marks,
    polyline(points, "line p99"),
    ...steps.map((step, index) => {
      const point = points[index];
      return point === undefined ? "" : dot(point, step.holds);
    }),
    kneeMark(summary, x, P99),
  ].join("");
}

function offeredAxis(frame: Frame, highest: number): DrawnAxis {
  return axisOf(frame, { side: "x", kind: "linear", domain: [0, highest], label: "offered per second" });
}

/** A disc where the step holds, a cross where it does not: shape as well as colour. */
function dot([x, y]: readonly [number, number], holds: boolean): string {
  if (holds) return element("circle", { class: "holds", cx: px(x), cy: px(y), r: 4.5 });
  return element("path", { class: "breaks", d: `M${px(x - 5)} ${px(y - 5)}l10 10m0 -10l-10 10` });
}

function kneeMark({ knee }: Summary, x: Scale, frame: Frame): string {
  if (knee?.rate === null || knee === null) return "";
  const at = x.at(knee.rate);
  const label = text(at - 6, frame.top + 12, "knee", { class: "eventlabel", "text-anchor": "end" });
  return line([at, frame.top], [at, frame.top + frame.height], "event") + label;
}
