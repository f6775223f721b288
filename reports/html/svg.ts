/** A small SVG emitter: scales, ticks, axes and the marks that our charts are made of. Strings in, strings out. */
import { element, escapeMarkup } from "../markup.ts";

/** A place for marks: outer size, and the rectangle inside the axes. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Maps a value to a coordinate; values outside the domain land outside the frame. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly from: number;
  readonly to: number;
}

export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [from, to] = domain;
  const span = to - from || 1;
  return { from, to, at: (value) => range[0] + ((value - from) / span) * (range[1] - range[0]) };
}

/** Logarithmic; values at or below 0 sit at the lower end. */
export function logScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [from, to] = domain;
  const span = Math.log10(to / from) || 1;
  const at = (value: number): number =>
    range[0] + (Math.log10(Math.max(value, from) / from) / span) * (range[1] - range[0]);
  return { from, to, at };
}

/** About `count` round values (1, 2 or 5 times a power of ten) inside [from, to]. */
export function linearTicks(from: number, to: number, count: number): number[] {
  const rough = (to - from || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten inside [from, to], with 2 and 5 times them when there are few. */
export function logTicks(from: number, to: number): number[] {
  const decades = Math.log10(to / from);
  const factors = decades > 3.5 ? [1] : decades > 1.6 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(6));
      if (tick >= from * 0.999 && tick <= to * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

/** Coordinates with one decimal: a tenth of a pixel, and half the bytes. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function text(x: number, y: number, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  return element("text", { x: px(x), y: px(y), ...attributes }, escapeMarkup(content));
}

export function line(from: readonly [number, number], to: readonly [number, number], className: string): string {
  return element("path", { class: className, d: `M${px(from[0])} ${px(from[1])}L${px(to[0])} ${px(to[1])}` });
}

/** A polyline; undefined points are gaps. A point alone between gaps is drawn as a dot. */
export function polyline(points: readonly (readonly [number, number] | undefined)[], className: string): string {
  let curve = "";
  let dots = "";
  for (const [index, point] of points.entries()) {
    if (point === undefined) continue;
    const place = `${px(point[0])} ${px(point[1])}`;
    const isStart = index === 0 || points[index - 1] === undefined;
    if (isStart && points[index + 1] === undefined) dots += `M${place}h.1`;
    else curve += `${isStart ? "M" : "L"}${place}`;
  }
  const drawn = curve === "" ? "" : element("path", { class: className, d: curve });
  return dots === "" ? drawn : drawn + element("path", { class: `${className} dot`, d: dots });
}

export interface Axis {
  readonly scale: Scale;
  readonly ticks: readonly number[];
  readonly label: string;
  readonly format: (tick: number) => string;
}

/** Horizontal grid lines with their labels on the left, and the axis label above. */
export function yAxis(frame: Frame, { scale, ticks, label, format }: Axis): string {
  const right = frame.left + frame.width;
  const marks = ticks.map((tick) => {
    const y = scale.at(tick);
    return (
      line([frame.left, y], [right, y], "grid") +
      text(frame.left - 8, y + 4, format(tick), { class: "tick", "text-anchor": "end" })
    );
  });
  return marks.join("") + text(frame.left, frame.top - 9, label, { class: "axis" });
}

/** Ticks and labels below the frame, and the axis label at the right. */
export function xAxis(frame: Frame, { scale, ticks, label, format }: Axis): string {
  const bottom = frame.top + frame.height;
  const base = line([frame.left, bottom], [frame.left + frame.width, bottom], "base");
  const marks = ticks.map((tick) => {
    const x = scale.at(tick);
    return (
      line([x, bottom], [x, bottom + 5], "base") +
      text(x, bottom + 19, format(tick), { class: "tick", "text-anchor": "middle" })
    );
  });
  const end = text(frame.left + frame.width, bottom + 37, label, { class: "axis", "text-anchor": "end" });
  return base + marks.join("") + end;
}

export interface Drawing {
  readonly id: string;
  readonly title: string;
  /** What the chart shows, in a sentence, for those who cannot see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** The <svg> element: scales with the page, named and described for screen readers. */
export function drawing({ id, title, description, width, height }: Drawing, content: string): string {
  const attributes = {
    class: "chart",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-labelledby": `${id}-title ${id}-desc`,
  };
  const named = element("title", { id: `${id}-title` }, escapeMarkup(title));
  return element("svg", attributes, named + element("desc", { id: `${id}-desc` }, escapeMarkup(description)) + content);
}

/** Labels at the ends of curves that run together, moved apart to 15 px. */
export function spread<T extends { readonly y: number }>(ends: readonly T[]): T[] {
  let free = Number.POSITIVE_INFINITY;
  return [...ends]
    .sort((a, b) => b.y - a.y)
    .map((end) => {
      const y = Math.min(end.y, free);
      free = y - 15;
      return { ...end, y };
    });
}
