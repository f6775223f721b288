/** One axis of a pane: its scale over the whole side of a frame, and the drawn ticks and labels. */
import { MILLISECOND } from "../../protocol/time.ts";
import { type Frame, linearScale, linearTicks, logScale, logTicks, type Scale, xAxis, yAxis } from "./svg.ts";

export interface AxisPlan {
  readonly side: "x" | "y";
  /** Logarithmic axes are of durations: microseconds, written as milliseconds. */
  readonly kind: "linear" | "log";
  readonly domain: readonly [number, number];
  /** About how many; logarithmic axes have their decades. */
  readonly ticks?: number;
  /** An empty one leaves the ticks without text, too: the pane below has it. */
  readonly label: string;
}

export interface DrawnAxis {
  readonly scale: Scale;
  readonly drawn: string;
}

export function axisOf(frame: Frame, { side, kind, domain, ticks = 5, label }: AxisPlan): DrawnAxis {
  const isLinear = kind === "linear";
  const range: [number, number] =
    side === "x" ? [frame.left, frame.left + frame.width] : [frame.top + frame.height, frame.top];
  const scale = isLinear ? linearScale(domain, range) : logScale(domain, range);
  const named = isLinear ? String : shortMs;
  const axis = {
    scale,
    ticks: isLinear ? linearTicks(...domain, ticks) : logTicks(...domain),
    label,
    format: label === "" ? () => "" : named,
  };
  return { scale, drawn: side === "x" ? xAxis(frame, axis) : yAxis(frame, axis) };
}

/** Axis ticks are round: `0.1`, `50`, `2000`. */
export function shortMs(us: number): string {
  return String(Number((us / MILLISECOND).toPrecision(4)));
}
