/** Every answered Call as a point in time and latency, counted in cells: modes and outliers that lines hide. */
import { SECOND } from "../../protocol/time.ts";
import { element } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import { axisOf } from "./axes.ts";
import { drawing, type Frame, px } from "./svg.ts";
import type { Timeline } from "./timeline.ts";

const WIDTH = 1060;
const HEIGHT = 286;
const FRAME: Frame = { left: 64, top: 34, width: 976, height: 200 };
const ROWS = 48;
const MAX_COLUMNS = 150;
const HEAT_LEVELS = 7;

/** The heatmap of a run; undefined when no Call was answered. Colour is the logarithm of the count. */
export function heatmapChart({ facts }: RunRecord, { slots, slotUs }: Timeline): string | undefined {
  const all = slots.flatMap(({ response }) => [response.min, response.max]).filter((us) => us !== undefined);
  if (all.length === 0) return undefined;
  const lowest = Math.max(100, Math.min(...all) * 0.8);
  const highest = Math.max(lowest * 10, Math.max(...all) * 1.25, Math.min(facts.timeout, Math.max(...all) * 4));
  const merged = Math.ceil(slots.length / MAX_COLUMNS);
  const columns = Math.ceil(slots.length / merged);
  const end = (columns * merged * slotUs) / SECOND;
  const label = "response time from the intended start, ms (log)";
  const { scale: y, drawn } = axisOf(FRAME, { side: "y", kind: "log", domain: [lowest, highest], label });
  const time = { domain: [0, end] as const, ticks: 10, label: "seconds since the workload began" };
  const cells = new Float64Array(columns * ROWS);
  for (const [place, slot] of slots.entries()) {
    const { valuesUs, counts } = slot.response.toCounts();
    for (let index = 0; index < counts.length; index += 1) {
      const us = valuesUs[index] as number;
      const share = (FRAME.top + FRAME.height - y.at(us)) / FRAME.height;
      const row = Math.min(ROWS - 1, Math.max(0, Math.floor(share * ROWS)));
      const cell = Math.floor(place / merged) * ROWS + row;
      cells[cell] = (cells[cell] as number) + (counts[index] as number);
    }
  }
  const content = [drawn, levelPaths(cells, columns), axisOf(FRAME, { side: "x", kind: "linear", ...time }).drawn];
  const description = `Count of answered calls in ${columns} by ${ROWS} cells of intended start and response time.`;
  return drawing(
    { id: "heatmap", title: "Latency heatmap", description, width: WIDTH, height: HEIGHT },
    content.join(""),
  );
}

/** One path per level, its cells joined upwards into runs: a whole heatmap takes a few kilobytes. */
function levelPaths(cells: Float64Array, columns: number): string {
  const most = cells.reduce((max, count) => Math.max(max, count), 1);
  const level = (count: number): number =>
    count === 0 ? -1 : Math.min(HEAT_LEVELS - 1, Math.floor((Math.log(count) / Math.log(most + 1)) * HEAT_LEVELS));
  const [width, height] = [FRAME.width / columns, FRAME.height / ROWS];
  const paths = Array.from({ length: HEAT_LEVELS }, () => "");
  for (let column = 0; column < columns; column += 1) {
    const levelAt = (row: number): number => (row < ROWS ? level(cells[column * ROWS + row] as number) : -1);
    for (let row = 0; row < ROWS; ) {
      const own = levelAt(row);
      let until = row + 1;
      while (until < ROWS && levelAt(until) === own) until += 1;
      const bottom = FRAME.top + FRAME.height - row * height;
      const rectangle = `M${px(FRAME.left + column * width)} ${px(bottom)}h${px(width + 0.15)}v${px(-(until - row) * height)}h${px(-width - 0.15)}z`;
      if (own >= 0) paths[own] += rectangle;
      row = until;
    }
  }
  return paths.map((d, index) => (d === "" ? "" : element("path", { class: `heat${index}`, d }))).join("");
}
