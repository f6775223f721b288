/** The percentile spectrum: how the tail grows, on an axis where each further nine takes the same room. */
import type { Series } from "../series.ts";
import { axisOf } from "./axes.ts";
import { drawing, type Frame, logScale, polyline, text, xAxis } from "./svg.ts";

const WIDTH = 1060;
const HEIGHT = 376;
const FRAME: Frame = { left: 64, top: 34, width: 866, height: 290 };
const TICKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const CURVES = [
  // The broad curve lies under the service time, so that both are seen where they coincide.
  { series: "responseTime", label: "response", className: "line p99 broad" },
  { series: "serviceTime", label: "service", className: "line p50" },
  { series: "sendLag", label: "send lag", className: "line lag" },
] as const;
/** Below this a duration is noise of the clock, and a log axis would spend half its height on it. */
const FLOOR_US = 10;

/** The spectrum of response time, service time and send lag; undefined when no series has enough samples for a curve. */
export function spectrumChart(series: Series): string | undefined {
  const curves = CURVES.map((curve) => ({ ...curve, points: [...series[curve.series].spectrum()] })).filter(
    ({ points }) => points.length > 1,
  );
  const values = curves.flatMap(({ points }) => points.map(({ valueUs }) => Math.max(FLOOR_US, valueUs)));
  if (values.length === 0) return undefined;
  const last = Math.max(0.9, ...curves.flatMap(({ points }) => points.map(({ p }) => p)));
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const x = logScale([1, 1 / (1 - last)], [FRAME.left, FRAME.left + FRAME.width]);
  const domain = [10 ** Math.floor(Math.log10(lowest)), highest * 1.5] as const;
  const { scale: y, drawn: yDrawn } = axisOf(FRAME, { side: "y", kind: "log", domain, label: "ms (log)" });
  const ticks = TICKS.filter((p) => p <= last + 1e-9).map((p) => 1 / (1 - p));
  const drawn = curves.map(({ points, className }) =>
    polyline(
      points.map(({ p, valueUs }) => [x.at(1 / (1 - p)), y.at(Math.max(FLOOR_US, valueUs))] as const),
      className,
    ),
  );
  const ends = curves.map(({ points, label }) => {
    const end = points.at(-1) ?? { p: 0, valueUs: 0 };
    return { label, x: x.at(1 / (1 - end.p)) + 8, y: y.at(Math.max(FLOOR_US, end.valueUs)) + 4 };
  });
  const labels = spread(ends).map((end) => text(end.x, end.y, end.label, { class: "curvelabel" }));
  const percent = (tick: number): string => `${Number((100 * (1 - 1 / tick)).toPrecision(7))} %`;
  const content = [
    yDrawn,
    xAxis(FRAME, { scale: x, ticks, label: "percentile", format: percent }),
    ...drawn,
    ...labels,
  ];
  const description = `Percentile curves of ${curves.map(({ label }) => label).join(", ")}, each up to the last percentile its samples support.`;
  return drawing(
    { id: "spectrum", title: "Percentile spectrum", description, width: WIDTH, height: HEIGHT },
    content.join(""),
  );
}

/** Labels at the ends of curves that run together, moved apart to 15 px. */
function spread<T extends { readonly y: number }>(ends: readonly T[]): T[] {
  let free = Number.POSITIVE_INFINITY;
  return [...ends]
    .sort((a, b) => b.y - a.y)
    .map((end) => {
      const y = Math.min(end.y, free);
      free = y - 15;
      return { ...end, y };
    });
}
