/** The shift plot: by how many per cent each quantile of B lies above that of A. */
import { axisOf } from "../../html/axes.ts";
import { drawing, type Frame, line, polyline, px, text } from "../../html/svg.ts";
import { element } from "../../markup.ts";
import type { ShiftPoint } from "../shift-function.ts";
import { quantileAxis } from "./quantile-axis.ts";

const WIDTH = 1060;
const HEIGHT = 326;
const FRAME: Frame = { left: 64, top: 34, width: 900, height: 240 };
const PERCENT = 100;

/** Undefined when there are too few samples for a curve. */
export function shiftChart(points: readonly ShiftPoint[], floor: number): string | undefined {
  if (points.length < 2) return undefined;
  const { scale: x, drawn: xDrawn } = quantileAxis(FRAME, Math.max(0.9, ...points.map(({ p }) => p)));
  const ends = points.flatMap(({ change, interval }) => [change, interval?.low ?? change, interval?.high ?? change]);
  const low = Math.min(-2 * floor, ...ends) * PERCENT * 1.1;
  const high = Math.max(2 * floor, ...ends) * PERCENT * 1.1;
  const { scale: y, drawn: yDrawn } = axisOf(FRAME, {
    side: "y",
    kind: "linear",
    domain: [low, high],
    label: "change of B against A, %",
  });
  const at = (p: number): number => x.at(1 / (1 - p));
  const floorBand = element("rect", {
    x: FRAME.left,
    y: px(y.at(floor * PERCENT)),
    width: FRAME.width,
    height: px(y.at(-floor * PERCENT) - y.at(floor * PERCENT)),
    style: "fill:var(--grid)",
  });
  const content = [
    floorBand,
    yDrawn,
    xDrawn,
    band(points, at, y.at),
    line([FRAME.left, y.at(0)], [FRAME.left + FRAME.width, y.at(0)], "base"),
    polyline(
      points.map(({ p, change }) => [at(p), y.at(change * PERCENT)] as const),
      "line p99",
    ),
    text(FRAME.left + FRAME.width + 8, y.at(0) + 4, "floor", { class: "tick" }),
  ];
  const description =
    "Change of each quantile of the response time from A to B, with a line at no change and a band of the floor.";
  return drawing({ id: "shift", title: "Shift plot", description, width: WIDTH, height: HEIGHT }, content.join(""));
}

/** Where the pairs place the change, quantile by quantile; drawn as far as it is known. */
function band(points: readonly ShiftPoint[], at: (p: number) => number, y: (percent: number) => number): string {
  const known = points.flatMap(({ p, interval }) => (interval === undefined ? [] : [{ p, ...interval }]));
  if (known.length < 2) return "";
  const upper = known.map(({ p, high }) => `${px(at(p))} ${px(y(high * PERCENT))}`);
  const lower = known.map(({ p, low }) => `${px(at(p))} ${px(y(low * PERCENT))}`).reverse();
  return element("path", { d: `M${[...upper, ...lower].join("L")}Z`, style: "fill:var(--p99);opacity:.18" });
}
