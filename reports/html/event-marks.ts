/** What happened during a run, on its timeline: a line for each event, and a label where there is room for one. */
import { SECOND } from "../../protocol/time.ts";
import { formatInstant } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunEvent } from "../run-record.ts";
import { type Frame, line, type Scale, text } from "./svg.ts";

const ROWS = 3;
const ROW_HEIGHT = 15;
const GAP = 5;
/** Wide enough for a letter of the labels' font; text cannot be measured here. */
const LETTER = 6.8;
const MOST_LETTERS = 48;

/** Lines from the top of `frame` down to `bottom`. A label that was shown once is not shown again, nor one without room. */
export function eventMarks(events: readonly RunEvent[], x: Scale, { frame, bottom }: { frame: Frame; bottom: number }) {
  const taken = Array.from({ length: ROWS }, (): (readonly [number, number])[] => []);
  const shown = new Set<string>();
  const middle = frame.left + frame.width / 2;
  const marks: string[] = [];
  const labels: string[] = [];
  for (const { at, label } of events) {
    const place = x.at(at / SECOND);
    const title = element("title", {}, escapeMarkup(label));
    marks.push(element("g", {}, title + line([place, frame.top], [place, bottom], "event")));
    if (shown.has(label)) continue;
    const short = label.length <= MOST_LETTERS ? label : shortened(label);
    const width = short.length * LETTER + GAP;
    const isLeft = place > middle;
    const from = isLeft ? place - width : place;
    const row = taken.findIndex((extents) => extents.every(([left, right]) => from >= right || from + width <= left));
    if (row < 0) continue;
    shown.add(label);
    taken[row]?.push([from, from + width]);
    const anchor = { class: "eventlabel", "text-anchor": isLeft ? "end" : "start" };
    labels.push(text(place + (isLeft ? -GAP : GAP), frame.top + 14 + row * ROW_HEIGHT, short, anchor));
  }
  // Labels come last: their halo keeps them readable over the lines.
  return [...marks, ...labels].join("");
}

/** The beginning and the end: a fault's label ends in what became of it. */
function shortened(label: string): string {
  const end = 12;
  return `${label.slice(0, MOST_LETTERS - end - 1)}…${label.slice(-end)}`;
}

/** All events, folded up: the chart has no room for every label. */
export function eventList(events: readonly RunEvent[]): string {
  if (events.length === 0) return "";
  const rows = events.map(({ at, label }) => element("li", {}, escapeMarkup(`${formatInstant(at)}  ${label}`)));
  const heading = element("summary", {}, events.length === 1 ? "1 event" : `${events.length} events`);
  return element("details", { class: "events" }, heading + element("ul", {}, rows.join("")));
}
