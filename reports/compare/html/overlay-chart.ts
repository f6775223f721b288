/** The percentile spectra of both sides in one frame; every curve has quantiles of its own, and ends where its samples do. */

import type { Histogram } from "../../histogram.ts";
import { axisOf } from "../../html/axes.ts";
import { drawing, type Frame, polyline, text } from "../../html/svg.ts";
import { quantileAxis, quantilesFor } from "./quantile-axis.ts";

const WIDTH = 1060;
const HEIGHT = 376;
const FRAME: Frame = { left: 64, top: 34, width: 900, height: 290 };

/** Undefined when neither side has the samples for a curve. */
export function overlayChart(a: Histogram | undefined, b: Histogram | undefined): string | undefined {
  const curves = [
    // The broad curve lies below, so that both are seen where they coincide.
    { label: "A", histogram: a, className: "line p50 broad" },
    { label: "B", histogram: b, className: "line p99" },
  ]
    .map(({ label, histogram, className }) => ({ label, className, points: pointsOf(histogram) }))
    .filter(({ points }) => points.length > 1);
  if (curves.length === 0) return undefined;
  const values = curves.flatMap(({ points }) => points.map(([, us]) => us));
  const last = Math.max(0.9, ...curves.flatMap(({ points }) => points.map(([p]) => p)));
  const { scale: x, drawn: xDrawn } = quantileAxis(FRAME, last);
  const domain = [Math.max(1, Math.min(...values) / 1.3), Math.max(...values) * 1.3] as const;
  const { scale: y, drawn: yDrawn } = axisOf(FRAME, {
    side: "y",
    kind: "log",
    domain,
    label: "response time, ms (log)",
  });
  const drawn = curves.map(({ points, className }) =>
    polyline(
      points.map(([p, us]) => [x.at(1 / (1 - p)), y.at(us)] as const),
      className,
    ),
  );
  const [first, second] = curves.map(({ points, label }) => {
    const [p, us] = points.at(-1) ?? [0, 1];
    return { label, x: x.at(1 / (1 - p)) + 8, y: y.at(us) + 4 };
  });
  const near =
    first !== undefined &&
    second !== undefined &&
    Math.abs(first.y - second.y) < 15 &&
    Math.abs(first.x - second.x) < 15;
  const labels = [first, second].map((end, index) =>
    end === undefined ? "" : text(end.x + (near && index === 1 ? 14 : 0), end.y, end.label, { class: "curvelabel" }),
  );
  const description = "Response time of A and of B by percentile, all runs of a side together.";
  return drawing(
    { id: "overlay", title: "Percentile spectra", description, width: WIDTH, height: HEIGHT },
    [yDrawn, xDrawn, ...drawn, ...labels].join(""),
  );
}

function pointsOf(histogram: Histogram | undefined): (readonly [number, number])[] {
  if (histogram === undefined) return [];
  return quantilesFor(histogram.n).map((p) => [p, Math.max(1, histogram.quantile(p) ?? 1)] as const);
}
