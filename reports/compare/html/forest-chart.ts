/** The forest plot: one row a metric, its change with its interval, between the lines that matter. */
import { axisOf } from "../../html/axes.ts";
import { drawing, type Frame, line, px, text } from "../../html/svg.ts";
import { element } from "../../markup.ts";
import type { Comparison, MetricChange } from "../comparison.ts";
import { formatChange, formatInterval } from "../comparison-words.ts";

const WIDTH = 1060;
const ROW = 30;
const LEFT = 150;
const PLOT = 620;
const PERCENT = 100;
/** Beyond this a row runs off its frame: one wild metric must not flatten all others. */
const FURTHEST = 60;

type Row = MetricChange & { readonly change: number };

/** Undefined when no ratio can be told. */
export function forestChart({ metrics, rules }: Comparison): string | undefined {
  const rows = metrics.filter((metric): metric is Row => metric.kind === "ratio" && metric.change !== null);
  if (rows.length === 0) return undefined;
  const frame: Frame = { left: LEFT, top: 34, width: PLOT, height: rows.length * ROW };
  const reach = reachOf(rows, rules.floor);
  const { scale: x, drawn } = axisOf(frame, {
    side: "x",
    kind: "linear",
    domain: [-reach, reach],
    ticks: 9,
    label: "change of B against A, %",
  });
  const [from, to] = [x.at(-rules.floor * PERCENT), x.at(rules.floor * PERCENT)];
  const band = element("rect", {
    x: px(from),
    y: frame.top,
    width: px(to - from),
    height: frame.height,
    style: "fill:var(--grid)",
  });
  const nothing = line([x.at(0), frame.top], [x.at(0), frame.top + frame.height], "base");
  const marks = rows.map((row, index) => rowMarks(row, { frame, at: x.at, y: frame.top + (index + 0.5) * ROW }));
  const bandLabel = text((from + to) / 2, frame.top - 10, "within the floor", {
    class: "tick",
    "text-anchor": "middle",
  });
  const description = rows.map((row) => `${row.name} ${formatChange(row.change, row.kind)}`).join(", ");
  return drawing(
    { id: "forest", title: "Change of every metric", description, width: WIDTH, height: frame.height + 84 },
    [band, bandLabel, drawn, nothing, ...marks].join(""),
  );
}

function reachOf(rows: readonly Row[], floor: number): number {
  const ends = rows.flatMap(({ change, interval }) => [change, interval?.low ?? 0, interval?.high ?? 0]);
  return Math.min(FURTHEST, Math.max(2 * floor, ...ends.map(Math.abs)) * PERCENT * 1.1);
}

interface Place {
  readonly frame: Frame;
  readonly at: (percent: number) => number;
  readonly y: number;
}

function rowMarks(row: Row, { frame, at, y }: Place): string {
  const right = frame.left + frame.width;
  const inside = (change: number): number => Math.min(right, Math.max(frame.left, at(change * PERCENT)));
  const { interval, change } = row;
  const colour = { worse: "--fail", better: "--pass", no_evidence: "--p50", no_values: "--p50" }[row.verdict];
  const style = `stroke:var(${colour})`;
  const whisker =
    interval === null
      ? ""
      : element("path", {
          class: "line",
          style,
          d: `M${px(inside(interval.low))} ${px(y)}H${px(inside(interval.high))}`,
        });
  // Where no interval is to be had the ring says so.
  const dot = element("circle", {
    cx: px(inside(change)),
    cy: px(y),
    r: row.decides ? 6 : 4.5,
    style: interval === null ? `${style};fill:var(--card);stroke-width:2` : `fill:var(${colour})`,
  });
  const name = text(frame.left - 14, y + 4, row.decides ? `${row.name} *` : row.name, {
    class: row.decides ? "curvelabel" : "tick",
    "text-anchor": "end",
  });
  const figures = `${formatChange(change, row.kind)}  ${interval === null ? "" : formatInterval(row)}`;
  return whisker + dot + name + text(right + 14, y + 4, figures.trim(), { class: row.decides ? "curvelabel" : "tick" });
}
