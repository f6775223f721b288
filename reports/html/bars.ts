/** A row of upright bars over an axis of counts. */
import type { Outcome } from "../../protocol/outcome.ts";
import { outcomeArea } from "./hatch.ts";
import { type Drawing, drawing, type Frame, line, px, text } from "./svg.ts";

export interface Bar {
  /** Written below the bar; an empty one leaves the place free. */
  readonly label: string;
  /** Parts from the bottom to the top. */
  readonly parts: readonly (readonly [outcome: Outcome, count: number])[];
}

export interface BarChart extends Pick<Drawing, "id" | "title" | "description" | "width" | "height"> {
  readonly bars: readonly Bar[];
  readonly yLabel: string;
  readonly xLabel: string;
  /** A line between two bars, before the one of this index, with its word. */
  readonly mark?: { readonly at: number; readonly label: string };
}

const TICK_ROOM = 15;

/** The chart; its axis of counts grows with the root, so that few beside many are seen. */
export function barChart({ bars, yLabel, xLabel, mark, ...plan }: BarChart): string {
  const frame: Frame = { left: 64, top: 34, width: plan.width - 84, height: plan.height - 86 };
  const sums = bars.map(({ parts }) => parts.reduce((sum, [, count]) => sum + count, 0));
  const most = Math.max(1, ...sums);
  const root = (count: number): number => Math.sqrt(count / (most * 1.1));
  const bottom = frame.top + frame.height;
  const y = (count: number): number => bottom - root(count) * frame.height;
  const width = frame.width / bars.length;
  const ticks = [...new Set([1, 0.5, 0.2, 0.05, 0.01].map((share) => niceBelow(most * share)))]
    .filter((tick) => tick >= 1)
    .filter((tick, index, all) => index === 0 || y(tick) - y(all[index - 1] as number) >= TICK_ROOM);
  const grid = ticks.map((tick) => {
    const label = text(frame.left - 8, y(tick) + 4, tick.toLocaleString("en"), { class: "tick", "text-anchor": "end" });
    return line([frame.left, y(tick)], [frame.left + frame.width, y(tick)], "grid") + label;
  });
  const drawn = bars.map(({ label, parts }, index) => {
    const left = frame.left + index * width;
    let under = 0;
    const stack = parts.map(([outcome, count]) => {
      const [low, high] = [y(under), y(under + count)];
      under += count;
      if (count === 0) return "";
      // A single case among thousands must still be seen.
      const tall = Math.max(2, low - high);
      const across = px(width * 0.84);
      return outcomeArea(outcome, `M${px(left + width * 0.08)} ${px(low)}h${across}v${px(-tall)}h-${across}z`);
    });
    return (
      stack.join("") +
      (label === "" ? "" : text(left + width / 2, bottom + 19, label, { class: "tick", "text-anchor": "middle" }))
    );
  });
  const at = mark === undefined ? 0 : frame.left + mark.at * width;
  const edge =
    mark === undefined
      ? ""
      : line([at, frame.top - 8], [at, bottom], "deadline") +
        text(at + 6, frame.top + 2, mark.label, { class: "tick danger" });
  const base = line([frame.left, bottom], [frame.left + frame.width, bottom], "base");
  const names =
    text(frame.left, frame.top - 9, yLabel, { class: "axis" }) +
    text(frame.left + frame.width, bottom + 40, xLabel, { class: "axis", "text-anchor": "end" });
  return drawing(plan, grid.join("") + drawn.join("") + base + edge + names);
}

/** The largest 1, 2 or 5 times a power of ten that is not above `value`. */
function niceBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return ([5, 2, 1].find((factor) => factor * power <= value) ?? 1) * power;
}
