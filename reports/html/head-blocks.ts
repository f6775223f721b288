/** What a reader sees first: which run, the verdict, whether the generator can be believed, the Gates, the counts. */

import {
  fleetLine,
  formatCount,
  formatLimit,
  formatMargin,
  formatMs,
  formatQuantity,
  formatRate,
  formatSeconds,
  sumLine,
} from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunFacts } from "../run-record.ts";
import type { GateResult, Summary } from "../summary-schema.ts";
import { telemetryText } from "../telemetry-text.ts";
import { type Spark, sparkline } from "./spark.ts";
import { badge, block, note, table } from "./table.ts";

/** The title strip: everything that identifies the run. */
export function titleStrip(facts: RunFacts, { window, host }: Summary): string {
  const engine = facts.engine === "k6" ? `k6 ${host.k6 ?? ""}` : "native";
  const entries = [
    ["engine", engine],
    ["seed", facts.seed],
    ["started", facts.startedAt],
    ["duration", formatSeconds(window.durationS)],
    ["target", facts.embedded ? `${facts.target} (started for this run)` : facts.target],
    ["dialect", facts.dialect],
    ["host", `${host.cpu}, ${host.cores} cores, ${formatCount(host.memoryMiB)} MiB`],
    ["versions", `rpcfleet ${host.rpcfleet}, Node ${host.node}, ${host.platform}`],
  ];
  const list = entries.map(([name, value]) => {
    return element(
      "div",
      {},
      element("dt", {}, escapeMarkup(name ?? "")) + element("dd", {}, escapeMarkup(value ?? "")),
    );
  });
  const title =
    element("h1", {}, escapeMarkup(facts.scenario)) + element("p", { class: "soft" }, escapeMarkup(facts.description));
  const command = element("pre", { class: "command" }, escapeMarkup(facts.command));
  return element("header", { class: "strip" }, title + element("dl", {}, list.join("")) + command);
}

const ICONS = {
  pass: "M9 17.5l5 5 11-11.5",
  fail: "M11 11l12 12m0-12l-12 12",
  unclear: "M12.5 13a4.5 4.5 0 1 1 6.4 4.1c-1.3.7-1.9 1.4-1.9 2.9m0 4v.3",
  invalid: "M12.5 13a4.5 4.5 0 1 1 6.4 4.1c-1.3.7-1.9 1.4-1.9 2.9m0 4v.3",
} as const;
const WORDS = {
  pass: "PASS",
  fail: "FAIL",
  unclear: "UNCLEAR – not enough to tell",
  invalid: "INVALID – cannot tell",
} as const;

/** The verdict as colour, icon and word, and the sentences why. */
export function verdictBanner({ verdict, reasons }: Summary): string {
  const ring = element("circle", {
    cx: 17,
    cy: 17,
    r: 15.5,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 2.5,
  });
  const stroke = {
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 3,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  };
  const icon = element(
    "svg",
    { viewBox: "0 0 34 34", "aria-hidden": "true" },
    ring + element("path", { ...stroke, d: ICONS[verdict] }),
  );
  const why =
    reasons.length === 1
      ? element("p", {}, escapeMarkup(reasons[0] ?? ""))
      : element("ul", {}, reasons.map((reason) => element("li", {}, escapeMarkup(reason))).join(""));
  const word = element("div", { class: "word", role: "status" }, WORDS[verdict]);
  return element("section", { class: `banner is-${verdict}` }, icon + element("div", {}, word + why));
}

/** The generator's verdict on itself, above any latency. `sparks` has the course of a row over the run, by the row's name. */
export function healthCard({ health }: Summary, sparks: ReadonlyMap<string, Spark>): string {
  const rows = health.rows.map((row) => [
    row.name,
    formatQuantity(row.value, row.unit),
    { markup: element("span", { class: "nowrap" }, escapeMarkup(formatLimit(row))) },
    { markup: badge(row.verdict, row.verdict) },
    { markup: sparkline(sparks.get(row.name)) },
    row.detail ?? "",
  ]);
  const about = note(
    "Figures are only worth reading when the load generator and the simulated devices did what the plan asked of them, in time.",
  );
  const headings = ["check", "#measured", "sound when", "verdict", "over the run", "in detail"];
  const content = about + table({ headings, rows });
  return block("Load generator health", content, { id: "health", badge: badge(health.verdict, health.verdict) });
}

const GATE_ORDER = { fail: 0, invalid: 1, unclear: 2, pass: 3 } as const;

/** Every Gate with what was observed beside its limit; the failed ones first. */
export function gateTable({ gates }: Summary): string {
  if (gates.length === 0)
    return block(
      "Gates",
      note("This scenario sets no gates: the run is judged by its health and its accounting alone."),
    );
  const sorted = [...gates].sort((a, b) => GATE_ORDER[a.verdict] - GATE_ORDER[b.verdict]);
  const rows = sorted.map((gate) => [
    { markup: element("code", {}, escapeMarkup(gate.text)) },
    gate.observedText,
    intervalText(gate),
    gate.limitText,
    formatMargin(gate.margin),
    { markup: badge(gate.verdict, gate.verdict) },
    isOpen(gate) ? gate.reason : "",
  ]);
  const headings = ["gate", "#observed", "#95 % interval", "#limit", "#margin", "verdict", "why"];
  const hasReasons = gates.some(isOpen);
  return block(
    "Gates",
    table({
      headings: hasReasons ? headings : headings.slice(0, -1),
      rows: hasReasons ? rows : rows.map((row) => row.slice(0, -1)),
    }),
    { id: "gates" },
  );
}

/** What the figure may as well be; nothing for a plain fact, and where nothing is known. */
function intervalText({ low, high, observed, unit }: GateResult): string {
  if (low === null || high === null || (low === observed && high === observed)) return "";
  return `${formatQuantity(low, unit)} to ${formatQuantity(high, unit)}`;
}

function isOpen({ verdict }: GateResult): boolean {
  return verdict === "invalid" || verdict === "unclear";
}

/** The counts as tiles, and the sum that they must add up to. */
export function countTiles(summary: Summary): string {
  const { counts, strays, throughput, violations } = summary;
  const unanswered = counts.timeout + counts.no_connection;
  const others = counts.rejected + counts.server_error + counts.transport_error;
  const tiles = [
    tile(formatCount(counts.planned), "planned"),
    tile(formatCount(counts.sent), "sent"),
    tile(formatCount(counts.ok), "ok"),
    tile(formatCount(unanswered), "no answer in time", unanswered > 0),
    tile(formatCount(counts.device_error), "device errors"),
    tile(formatCount(others), "other errors", others > 0),
    tile(formatCount(strays.late), "late replies", strays.late > 0),
    tile(formatCount(violations.replyIntegrity), "wrong replies", violations.replyIntegrity > 0),
    tile(formatRate(throughput.offeredPerS), "offered"),
    tile(formatRate(throughput.achievedPerS), "achieved ok"),
    ...LATENCY_TILES.map(([key, name]) => latencyTile(summary, key, name)),
  ];
  const sum = element("p", { class: "sum" }, `<span class="num">${escapeMarkup(sumLine(summary))}</span>`);
  const stray = `Strays (as the ${strays.source} saw them): ${formatCount(strays.late)} late, ${formatCount(strays.duplicate)} duplicate, ${formatCount(strays.unknown)} unknown.`;
  const telemetry =
    summary.fleet.telemetry === undefined ? "" : ` Telemetry: ${telemetryText(summary.fleet.telemetry)}.`;
  const isVoid = summary.health.verdict === "invalid";
  const watermark = isVoid
    ? element("p", { class: "watermark" }, "Health is invalid: do not read these figures as the server's.")
    : "";
  const content =
    watermark +
    element("div", { class: "tiles" }, tiles.join("")) +
    sum +
    note(`${stray} Fleet: ${fleetLine(summary)}.${telemetry}`);
  return block("Calls", content, { id: "calls", ...(isVoid ? { className: "void" } : {}) });
}

const LATENCY_TILES = [
  ["p50", "p50"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["max", "max"],
] as const;

/** A percentile of the response time with its interval, where there is one. */
function latencyTile(
  { responseTimeUs, uncertainty }: Summary,
  key: "p50" | "p99" | "p999" | "max",
  name: string,
): string {
  const us = responseTimeUs[key];
  const certainty = key === "max" || us === null ? undefined : uncertainty[key];
  const interval =
    certainty === undefined || "refused" in certainty
      ? ""
      : element("small", {}, `${formatMs(certainty.lowUs)} to ${formatMs(certainty.highUs)}`);
  return tile(us === null ? "–" : `${formatMs(us)} ms`, `response ${name}`, false, interval);
}

function tile(value: string, label: string, isBad = false, more = ""): string {
  const content = element("b", {}, escapeMarkup(value)) + more + element("span", {}, escapeMarkup(label));
  return element("div", { class: isBad ? "tile bad" : "tile" }, content);
}
