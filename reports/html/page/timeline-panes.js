/* global uPlot */
/** The three panes of the timeline over one axis of time: what each shows, for the chart library. */
import { colour, FONT, texture } from "./paint.js";

/** `slots` places on the axis: where each begins, and its middle. */
export function timelineAxis(data) {
  const slots = data.planned.length;
  return {
    slots,
    end: slots * data.slot,
    starts: Array.from({ length: slots + 1 }, (_, index) => index * data.slot),
    centres: Array.from({ length: slots }, (_, index) => (index + 0.5) * data.slot),
  };
}

/** Title, options and values of each pane; `read` hears of the cursor. */
export function timelinePanes(data, axisOfTime, marks, read) {
  const pane = paneOf(data, axisOfTime, marks, read);
  return [ratePane(data, axisOfTime, marks, pane), latencyPane(data, axisOfTime, marks, pane)].concat(
    flightPane(data, axisOfTime, marks, pane),
  );
}

function paneOf(data, { end }, { ground }, read) {
  /** All of the run where the view reaches from the first point to the last: points stand within their slots. */
  const whole = (_, min, max) => (min <= data.slot && max >= end - data.slot ? [0, end] : [min, max]);
  return ({ height, scales, series, axes, draw, padding = [8, 54, 0, 0] }) => ({
    width: 600,
    height,
    padding,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: true },
      sync: { key: "timeline", scales: ["x", null] },
      points: { size: 7 },
    },
    scales: { x: { time: false, range: whole }, ...scales },
    series: [{}, ...series],
    axes: [axis({ values: plain }), ...axes],
    hooks: { drawClear: [ground], draw, setCursor: [read] },
  });
}

function ratePane(data, { slots, starts }, { events }, pane) {
  const held = (values) => [...values, values[values.length - 1]];
  const stepped = uPlot.paths.stepped({ align: 1 });
  const sum = new Array(slots).fill(0);
  const stacked = data.outcomes.map(({ rates }) => rates.map((rate, slot) => (sum[slot] += rate)));
  const areas = data.outcomes.map((outcome) =>
    line(outcome.name, outcome.name, { fill: texture(outcome), width: 0, paths: stepped }),
  );
  return {
    title: "calls per second, by outcome",
    options: pane({
      height: 190,
      scales: { y: { range: (_, __, max) => [0, Math.max(1, max) * 1.08] } },
      series: [
        // The highest area first: the lower ones cover what is theirs.
        ...areas.reverse(),
        line("sent", "sent", { width: 1.4, paths: stepped }),
        line("planned", "ink", { width: 1.4, dash: [5, 3], paths: stepped }),
      ],
      axes: [axis({ size: 60 })],
      draw: [events],
    }),
    values: [starts, ...stacked.map(held).reverse(), held(data.sent), held(data.planned)],
  };
}

function latencyPane(data, { centres }, { deadline, deadlineLabel, names, events }, pane) {
  const range = logRange(0.1, [data.deadline, ...data.latency.flatMap(({ ms }) => ms)]);
  const dashes = { p90: [6, 3], max: [2, 3] };
  return {
    title: "response time from the intended start, ms (log)",
    options: pane({
      height: 220,
      scales: { y: { distr: 3, range: () => range } },
      series: data.latency.map(({ name }) =>
        line(name, name, { dash: dashes[name] ?? [], width: name === "max" ? 1.4 : 2 }),
      ),
      axes: [axis({ size: 60, values: plain, grid: DECADES, ticks: DECADES })],
      draw: [deadline, deadlineLabel, names, events],
    }),
    values: [centres, ...data.latency.map(({ ms }) => ms)],
  };
}

function flightPane(data, { centres }, { rug, events }, pane) {
  const range = logRange(0.01, [1, ...data.lag]);
  return {
    title: "calls in flight (left), largest send lag, ms (log, right, dotted)",
    options: pane({
      height: 160,
      scales: { y: { range: (_, __, max) => [0, Math.max(1, max) * 1.1] }, lag: { distr: 3, range: () => range } },
      series: [line("in flight", "flight"), line("send lag", "lag", { scale: "lag", dash: [2, 3] })],
      axes: [
        axis({ size: 60 }),
        axis({ scale: "lag", side: 1, size: 54, ticks: DECADES, grid: { show: false }, values: plain }),
      ],
      draw: [rug, events],
      padding: [8, 0, 0, 0],
    }),
    values: [centres, data.inFlight, data.lag.map((value) => (value === null ? null : Math.max(0.01, value)))],
  };
}

/** Lines at powers of ten alone. */
const DECADES = {
  stroke: () => colour("grid"),
  width: 1,
  filter: (_, ticks) => ticks.map((tick) => (Math.log10(tick) % 1 === 0 ? tick : null)),
};

function plain(_, ticks) {
  return ticks.map((tick) => (tick === null ? "" : String(Number(tick.toPrecision(6)))));
}

function line(label, name, more = {}) {
  return { label, stroke: () => colour(name), width: 2, points: { show: false }, ...more };
}

function axis(more) {
  return {
    stroke: () => colour("soft"),
    grid: { stroke: () => colour("grid"), width: 1 },
    ticks: { stroke: () => colour("grid"), width: 1 },
    font: `12px ${FONT}`,
    ...more,
  };
}

function logRange(least, values) {
  const seen = values.filter((value) => value !== null && value > 0);
  return [10 ** Math.floor(Math.log10(Math.max(least, Math.min(...seen)))), Math.max(...seen) * 1.6];
}
