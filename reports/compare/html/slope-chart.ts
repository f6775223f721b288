/** The slope chart: one line a pair, from what A showed to what B showed; runs without a partner are points. */
import { axisOf } from "../../html/axes.ts";
import { drawing, type Frame, line, px, text } from "../../html/svg.ts";
import { element } from "../../markup.ts";
import type { MetricChange } from "../comparison.ts";

const WIDTH = 1060;
const HEIGHT = 330;
const FRAME: Frame = { left: 64, top: 34, width: 560, height: 250 };
const INSET = 110;
/** How a value is written on the axis. */
const FACTOR = { us: 1 / 1_000, share: 100, per_s: 1, count: 1, health: 1 } as const;
const UNITS = { us: "ms", share: "%", per_s: "per second", count: "", health: "" } as const;

/** Undefined when no run has a value. */
export function slopeChart({ name, unit, a, b, worse }: MetricChange, paired: boolean): string | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const [from, to] = [a, b].map((values) => values.map((value) => value * FACTOR[unit])) as [number[], number[]];
  const [low, high] = [Math.min(...from, ...to), Math.max(...from, ...to)];
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  const label = `${name}, ${UNITS[unit]}`;
  const { scale: y, drawn } = axisOf(FRAME, { side: "y", kind: "linear", domain: [low - room, high + room], label });
  const [left, right] = [FRAME.left + INSET, FRAME.left + FRAME.width - INSET];
  const slopes = paired
    ? from.map((value, index) => {
        const end = to[index] as number;
        const isWorse = worse === "more" ? end > value : end < value;
        const style = `stroke:var(${isWorse ? "--fail" : "--pass"})`;
        return element("path", {
          class: "line",
          style,
          d: `M${px(left)} ${px(y.at(value))}L${px(right)} ${px(y.at(end))}`,
        });
      })
    : [];
  const dot = (x: number, value: number): string =>
    element("circle", { cx: px(x), cy: px(y.at(value)), r: 4, style: "fill:var(--p50)" });
  const posts = [left, right].map((x, index) => {
    const title = text(x, FRAME.top + FRAME.height + 22, index === 0 ? "A" : "B", {
      class: "curvelabel",
      "text-anchor": "middle",
    });
    return line([x, FRAME.top], [x, FRAME.top + FRAME.height], "grid") + title;
  });
  const dots = [...from.map((value) => dot(left, value)), ...to.map((value) => dot(right, value))];
  const description = `${name} of each run of A and of B${paired ? ", the two of a pair joined" : ""}.`;
  return drawing(
    { id: "slope", title: paired ? "Pairs" : "Runs", description, width: WIDTH, height: HEIGHT },
    [drawn, ...posts, ...slopes, ...dots].join(""),
  );
}
