/** Every answered Call as a point in time and latency, counted in cells; those without an answer in bands above. */
import { SECOND } from "../../protocol/time.ts";
import { formatCount } from "../format.ts";
import { binEdge } from "../log-bins.ts";
import { element } from "../markup.ts";
import { axisOf } from "./axes.ts";
import type { HeatBand, Heatmap } from "./heatmap.ts";
import { drawing, type Frame, px, text } from "./svg.ts";

const WIDTH = 1060;
const FRAME = { left: 124, width: 916, height: 216 };
const TOP = 34;
const BAND_HEIGHT = 16;
const BAND_ROOM = 20;
const LEGEND_ROOM = 62;
const LEAST_DECADES = 1.5;
/** Cells of one strength are one path; so many strengths can be told apart. */
export const HEAT_LEVELS = 7;

/** The heatmap of a run; undefined when no Call ended in it. Colour is the logarithm of the count. */
export function heatmapChart(heatmap: Heatmap): string | undefined {
  const { columns, columnUs, cells, bins, bands } = heatmap;
  const rows = usedRows(heatmap);
  if (rows === undefined && bands.length === 0) return undefined;
  const bandsHeight = bands.length * BAND_ROOM + (bands.length === 0 ? 0 : 8);
  const hasCells = rows !== undefined;
  const frame: Frame = {
    ...FRAME,
    top: TOP + bandsHeight + (bands.length > 0 && hasCells ? 18 : 0),
    height: hasCells ? FRAME.height : 0,
  };
  const most = Math.max(...cells, ...bands.flatMap(({ counts }) => [...counts]));
  const level = (count: number): number => heatLevel(count, most);
  const time = { side: "x", kind: "linear", domain: [0, (columns * columnUs) / SECOND], ticks: 10 } as const;
  const bottom = frame.top + frame.height;
  const content = [
    ...bands.map((band, index) => bandRow(band, TOP + index * BAND_ROOM, { columns, level })),
    hasCells ? cellPart(frame, heatmap, { rows, level }) : "",
    axisOf(frame, { ...time, label: "seconds since the workload began" }).drawn,
    legend(most, bottom + 37),
  ];
  const shown = rows === undefined ? 0 : rows.to - rows.from;
  const description = `Count of answered calls in ${columns} columns of ${columnUs / SECOND} s by ${shown} rows of response time${bands.length === 0 ? "" : `, above them a row for each of ${bands.map(({ outcome }) => outcome).join(", ")}`}. The rows of response time span ${bins.perDecade} steps a decade.`;
  const height = bottom + LEGEND_ROOM;
  return drawing({ id: "heatmap", title: "Latency heatmap", description, width: WIDTH, height }, content.join(""));
}

interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Rows with a Call in them, and some more when that is a small part of the axis; undefined when there is none. */
function usedRows({ cells, bins }: Heatmap): Rows | undefined {
  let [from, to] = [bins.count, 0];
  for (let cell = 0; cell < cells.length; cell += 1) {
    if (cells[cell] === 0) continue;
    from = Math.min(from, cell % bins.count);
    to = Math.max(to, (cell % bins.count) + 1);
  }
  if (to === 0) return undefined;
  const missing = Math.max(2, LEAST_DECADES * bins.perDecade - (to - from));
  return { from: Math.max(0, from - Math.floor(missing / 2)), to: Math.min(bins.count, to + Math.ceil(missing / 2)) };
}

function heatLevel(count: number, most: number): number {
  if (count === 0) return -1;
  return Math.min(HEAT_LEVELS - 1, Math.floor((Math.log(count) / Math.log(most + 1)) * HEAT_LEVELS));
}

interface Shades {
  readonly rows: Rows;
  readonly level: (count: number) => number;
}

function cellPart(frame: Frame, heatmap: Heatmap, { rows, level }: Shades): string {
  const { bins, columns, cells } = heatmap;
  const domain = [binEdge(bins, rows.from), binEdge(bins, rows.to)] as const;
  const label = "response time from the intended start, ms (log)";
  const { drawn } = axisOf(frame, { side: "y", kind: "log", domain, label });
  const paths = Array.from({ length: HEAT_LEVELS }, () => "");
  for (let column = 0; column < columns; column += 1) {
    const levelAt = (row: number): number => (row < rows.to ? level(cells[column * bins.count + row] as number) : -1);
    for (let row = rows.from; row < rows.to; ) {
      const own = levelAt(row);
      let until = row + 1;
      while (until < rows.to && levelAt(until) === own) until += 1;
      // Cells of one level are joined upwards, and drawn as strokes of one column's width in a stretched plane: half the bytes.
      if (own >= 0) paths[own] += `M${column} ${row - rows.from}v${until - row}`;
      row = until;
    }
  }
  const [width, height] = [frame.width / columns, frame.height / (rows.to - rows.from)];
  const place = `translate(${px(frame.left + width / 2)} ${px(frame.top + frame.height)}) scale(${width} ${-height})`;
  const strokes = paths.map((d, index) => (d === "" ? "" : element("path", { class: `heat${index}`, d })));
  return drawn + element("g", { class: "heat", transform: place }, strokes.join(""));
}

function bandRow(
  { outcome, counts }: HeatBand,
  top: number,
  { columns, level }: { columns: number; level: Shades["level"] },
): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const width = FRAME.width / columns;
  const paths = Array.from({ length: HEAT_LEVELS }, () => "");
  for (const [column, count] of counts.entries()) if (count > 0) paths[level(count)] += `M${column} 0v1`;
  const strokes = paths.map((d, index) => (d === "" ? "" : element("path", { class: `heat${index}`, d })));
  const place = `translate(${px(FRAME.left + width / 2)} ${top}) scale(${width} ${BAND_HEIGHT})`;
  const ground = element("rect", {
    class: "bandground",
    x: FRAME.left,
    y: top,
    width: FRAME.width,
    height: BAND_HEIGHT,
  });
  const label = text(FRAME.left - 8, top + 12, outcome, { class: "tick", "text-anchor": "end" });
  const title = element("title", {}, `${outcome}: ${formatCount(total)} calls`);
  return element("g", {}, title + ground + element("g", { class: "heat", transform: place }, strokes.join("")) + label);
}

/** The strengths from one Call to the most of a cell. */
function legend(most: number, y: number): string {
  const swatches = Array.from({ length: HEAT_LEVELS }, (_, index) => {
    const x = FRAME.left + 40 + index * 22;
    return element("path", { class: `heat${index}`, "stroke-width": 12, d: `M${x} ${y - 4}h22` });
  });
  const right = FRAME.left + 40 + HEAT_LEVELS * 22 + 8;
  return (
    text(FRAME.left + 32, y, "1", { class: "tick", "text-anchor": "end" }) +
    swatches.join("") +
    text(right, y, `${formatCount(most)} calls in a cell (log)`, { class: "tick" })
  );
}
