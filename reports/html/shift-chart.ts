/** How much longer each percentile takes than in another run: distributions compared, not two numbers. */
import type { Duration } from "../../protocol/time.ts";
import type { SpectrumPoint } from "../histogram.ts";
import { element } from "../markup.ts";
import { axisOf } from "./axes.ts";
import { percentileAxis } from "./spectrum-chart.ts";
import { drawing, type Frame, line, polyline, px } from "./svg.ts";

const WIDTH = 1060;
const HEIGHT = 266;
const FRAME: Frame = { left: 64, top: 34, width: 866, height: 180 };
/** Shifts within this are not worth a word. */
const FLOOR = 0.03;

export interface ShiftPoint {
  readonly p: number;
  /** candidate / baseline - 1. */
  readonly shift: number;
}

/** The shift at every percentile that both support; empty when they have none in common. */
export function shiftPoints(candidate: readonly SpectrumPoint[], baseline: readonly SpectrumPoint[]): ShiftPoint[] {
  const before = new Map(baseline.map(({ p, valueUs }): [number, Duration] => [p, valueUs]));
  return candidate.flatMap(({ p, valueUs }) => {
    const base = before.get(p);
    return base === undefined || base === 0 ? [] : [{ p, shift: valueUs / base - 1 }];
  });
}

/** The chart of these points, with a grey band for what is too small to matter; undefined for fewer than two. */
export function shiftChart(points: readonly ShiftPoint[]): string | undefined {
  const last = points.at(-1);
  if (points.length < 2 || last === undefined) return undefined;
  const reach = Math.max(FLOOR * 2, ...points.map(({ shift }) => Math.abs(shift))) * 115;
  const label = "longer (+) or shorter (−) than the baseline, %";
  const { scale: y, drawn } = axisOf(FRAME, { side: "y", kind: "linear", domain: [-reach, reach], ticks: 6, label });
  const { x, drawn: xDrawn } = percentileAxis(FRAME, Math.max(0.9, last.p));
  const top = y.at(FLOOR * 100);
  const floor = element("rect", {
    class: "shade",
    x: FRAME.left,
    y: px(top),
    width: FRAME.width,
    height: px(y.at(-FLOOR * 100) - top),
  });
  const zero = line([FRAME.left, y.at(0)], [FRAME.left + FRAME.width, y.at(0)], "base");
  const curve = polyline(
    points.map(({ p, shift }) => [x(p), y.at(shift * 100)] as const),
    "line p99",
  );
  const worst = points.reduce((most, point) => (Math.abs(point.shift) > Math.abs(most.shift) ? point : most), last);
  const description = `The largest shift is ${(worst.shift * 100).toFixed(1)} % at the ${(worst.p * 100).toPrecision(4)}th percentile; shifts within ${FLOOR * 100} % are in the grey band.`;
  return drawing(
    { id: "shift", title: "Shift of every percentile", description, width: WIDTH, height: HEIGHT },
    [floor, drawn, xDrawn, zero, curve].join(""),
  );
}
