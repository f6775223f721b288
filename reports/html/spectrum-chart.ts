/** The percentile spectrum: how the tail grows, on an axis where each further nine takes the same room. */
import type { Duration } from "../../protocol/time.ts";
import { quantileAxis } from "../compare/html/quantile-axis.ts";
import type { SpectrumPoint } from "../histogram.ts";
import { element } from "../markup.ts";
import { axisOf } from "./axes.ts";
import { drawing, type Frame, polyline, px, spread, text } from "./svg.ts";

const WIDTH = 1060;
const HEIGHT = 376;
const FRAME: Frame = { left: 64, top: 34, width: 866, height: 290 };
/** Below this a duration is noise of the clock, and a log axis would spend half its height on it. */
const FLOOR_US = 10;

/** The 95 % interval of a percentile. */
export interface SpectrumInterval {
  readonly p: number;
  readonly lowUs: Duration;
  readonly highUs: Duration;
}

export interface SpectrumCurve {
  readonly label: string;
  /** Colour and dashes, as the style sheet names them. */
  readonly tone: "p50" | "p99" | "lag";
  /** A broad curve can be seen under another one. */
  readonly isBroad?: boolean;
  /** Up to the last percentile its samples support. */
  readonly points: readonly SpectrumPoint[];
  /** Ascending; empty when nothing is known of it. */
  readonly intervals: readonly SpectrumInterval[];
}

/** The spectrum of these curves; undefined when none has two points. */
export function spectrumChart(all: readonly SpectrumCurve[]): string | undefined {
  const curves = all.filter(({ points }) => points.length > 1);
  const heights = curves.flatMap(({ points, intervals }) => [
    ...points.map(({ valueUs }) => valueUs),
    ...intervals.flatMap(({ lowUs, highUs }) => [lowUs, highUs]),
  ]);
  if (heights.length === 0) return undefined;
  const last = Math.max(0.9, ...curves.map(({ points }) => points.at(-1)?.p ?? 0));
  const lowest = Math.max(FLOOR_US, Math.min(...heights));
  const domain = [10 ** Math.floor(Math.log10(lowest)), Math.max(...heights, lowest) * 1.5] as const;
  const { scale: y, drawn: yDrawn } = axisOf(FRAME, { side: "y", kind: "log", domain, label: "ms (log)" });
  const { scale: x, drawn: xDrawn } = quantileAxis(FRAME, last);
  const at = (p: number, us: Duration): readonly [number, number] => [x.at(1 / (1 - p)), y.at(Math.max(FLOOR_US, us))];
  const ends = curves.map(({ points, label }) => {
    const end = points.at(-1) ?? { p: 0, valueUs: 0 };
    const [left, middle] = at(end.p, end.valueUs);
    return { label, x: left + 8, y: middle + 4 };
  });
  const content = [
    yDrawn,
    xDrawn,
    ...curves.map(({ intervals, tone }) => band(intervals, tone, at)),
    ...curves.map(({ points, tone, isBroad }) =>
      polyline(
        points.map(({ p, valueUs }) => at(p, valueUs)),
        `line ${tone}${isBroad === true ? " broad" : ""}`,
      ),
    ),
    ...spread(ends).map((end) => text(end.x, end.y, end.label, { class: "curvelabel" })),
  ];
  const description = `Percentile curves of ${curves.map(({ label }) => label).join(", ")}, each up to the last percentile its samples support.`;
  return drawing(
    { id: "spectrum", title: "Percentile spectrum", description, width: WIDTH, height: HEIGHT },
    content.join(""),
  );
}

type Place = (p: number, us: Duration) => readonly [number, number];

/** The area between the ends of the intervals, and a bar for each, since between two of them nothing was computed. */
function band(intervals: readonly SpectrumInterval[], tone: SpectrumCurve["tone"], at: Place): string {
  if (intervals.length === 0) return "";
  const point = ([x, y]: readonly [number, number]): string => `${px(x)} ${px(y)}`;
  const upper = intervals.map(({ p, highUs }) => point(at(p, highUs)));
  const lower = intervals.map(({ p, lowUs }) => point(at(p, lowUs))).reverse();
  const bars = intervals.map(({ p, lowUs, highUs }) => {
    const [x, top] = at(p, highUs);
    return `M${px(x)} ${px(top)}V${px(at(p, lowUs)[1])}M${px(x - 4)} ${px(top)}h8M${px(x - 4)} ${px(at(p, lowUs)[1])}h8`;
  });
  const area = element("path", { class: `band ${tone}`, d: `M${[...upper, ...lower].join("L")}Z` });
  return area + element("path", { class: `interval ${tone}`, d: bars.join("") });
}
