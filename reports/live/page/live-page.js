/* global OUTCOMES */
/** The page where scripts run: hears of new frames, puts their texts in place, and adds each second to the charts. */
import { liveChart } from "./live-chart.js";

const MOST_SECONDS = 600;
const place = document.getElementById("charts");
const link = document.getElementById("link");
const verdict = document.getElementById("verdict");
const points = [];

const round = (value) =>
  (value >= 100 ? Math.round(value) : Number(value.toFixed(value < 1 ? 3 : 1))).toLocaleString("en");
const line = (label, colour) => ({ label, colour, area: false });
const outcomes = OUTCOMES.map((name) => ({ label: name, colour: name, area: true }));
const planned = { label: "planned", colour: "ink", area: false, dashed: true };
const charts = [
  [
    { title: "Calls that ended, by outcome", unit: "calls/s", series: [planned, ...outcomes] },
    ({ rates, endedBy }) => [rates.planned, ...endedBy],
  ],
  [
    { title: "Response time", unit: "ms", series: [line("p50", "p50"), line("p99", "p99"), line("max", "max")] },
    ({ response }) => [response.p50, response.p99, response.max].map(milliseconds),
  ],
  [{ title: "In flight", unit: "calls", series: [line("in flight", "accent")] }, ({ inFlight }) => [inFlight]],
  [
    { title: "Send lag, the generator's own lateness", unit: "ms", series: [line("p99", "lag"), line("max", "max")] },
    ({ lag }) => [lag.p99, lag.max].map(milliseconds),
  ],
].map(([options, values]) => ({
  chart: liveChart(place, { format: round, ...options }),
  series: options.series,
  values,
}));

function milliseconds(us) {
  return us === null ? null : us / 1000;
}

function draw() {
  const times = points.map(({ second }) => second);
  for (const { chart, series, values } of charts) {
    const rows = points.map(values);
    chart.setData([times, ...series.map((_, index) => rows.map((row) => row[index] ?? null))]);
  }
}

function show(texts) {
  for (const [id, text] of Object.entries(texts)) {
    const target = document.getElementById(id);
    if (target !== null && target.textContent !== text) target.textContent = text;
  }
}

place.hidden = false;
link.textContent = "connecting";
const source = new EventSource("/events");
source.addEventListener("open", () => {
  points.length = 0;
  link.textContent = "live";
});
source.addEventListener("error", () => {
  link.textContent = "not connected; trying again";
});
source.addEventListener("points", (event) => {
  points.push(...JSON.parse(event.data));
  points.splice(0, points.length - MOST_SECONDS);
  draw();
});
source.addEventListener("frame", (event) => show(JSON.parse(event.data)));
source.addEventListener("end", (event) => {
  source.close();
  link.textContent = "over";
  verdict.className = `is-${JSON.parse(event.data)}`;
});
