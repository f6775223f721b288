/* global uPlot */
/** A timeline to zoom into, in the place of the drawn one: three plots with one view and one cursor, by pointer and by keyboard. */
import { timelineMarks } from "./timeline-marks.js";
import { timelineAxis, timelinePanes } from "./timeline-panes.js";
import { HINT, timelineReadout } from "./timeline-readout.js";

export function putLiveTimeline() {
  const figure = document.getElementById("timeline-figure");
  const source = document.getElementById("timeline-data");
  if (figure === null || source === null || typeof uPlot === "undefined") return;
  const data = JSON.parse(source.textContent);
  const axisOfTime = timelineAxis(data);
  const { place, read } = timelineReadout(data, axisOfTime);
  const panes = timelinePanes(data, axisOfTime, timelineMarks(data, axisOfTime.end), read);
  const live = document.createElement("div");
  live.className = "live";
  live.tabIndex = 0;
  live.setAttribute("role", "group");
  live.setAttribute("aria-label", `Timeline to zoom into. ${HINT}`);
  figure.append(live, place);
  const plots = panes.map(({ title, options, values }) => {
    const heading = document.createElement("div");
    heading.className = "panetitle";
    heading.textContent = title;
    live.append(heading);
    return new uPlot(options, values, live);
  });
  figure.classList.add("is-live");
  followPage(live, plots);
  obeyKeys(live, plots, data.slot, axisOfTime);
}

/** Its width, and the colours that its reader prefers. */
function followPage(live, plots) {
  const stretch = () => {
    const width = Math.floor(live.clientWidth);
    if (width > 0) for (const plot of plots) if (plot.width !== width) plot.setSize({ width, height: plot.height });
  };
  new ResizeObserver(stretch).observe(live);
  stretch();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots) plot.redraw(true, true);
  });
}

function obeyKeys(live, plots, slotS, { slots, end, centres }) {
  let at = -1;
  const zoom = (from, to) => {
    const [min, max] = [Math.max(0, from), Math.min(end, to)];
    if (max - min < 2 * slotS && !(min === 0 && max === end)) return;
    for (const plot of plots) plot.setScale("x", { min, max });
    // The plots take their new scale when this turn is over; the cursor then goes back to its instant.
    if (at >= 0) queueMicrotask(() => point(at));
  };
  const point = (slot) => {
    const { min, max } = plots[0].scales.x;
    const least = Math.ceil(min / slotS);
    const most = Math.max(least, Math.floor(max / slotS) - 1);
    at = Math.min(most, Math.max(least, slot));
    for (const plot of plots) plot.setCursor({ left: plot.valToPos(centres[at], "x"), top: 10 });
  };
  const scaleBy = (factor) => {
    const { min, max } = plots[0].scales.x;
    const middle = at < 0 ? (min + max) / 2 : centres[at];
    const reach = ((max - min) * factor) / 2;
    const from = Math.max(0, Math.min(middle - reach, end - 2 * reach));
    zoom(from, from + 2 * reach);
  };
  const keys = {
    ArrowLeft: () => point(at - 1),
    ArrowRight: () => point(at + 1),
    Home: () => point(0),
    End: () => point(slots - 1),
    Escape: () => zoom(0, end),
    "+": () => scaleBy(0.5),
    "-": () => scaleBy(2),
  };
  live.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
}
