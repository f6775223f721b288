/** For the reader who wants to know why: outcomes, single Calls, settings, method, and the Summary itself. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { formatCount, formatInstant, formatMs, formatRate, formatShare, NOTHING } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunFacts, RunRecord } from "../run-record.ts";
import type { NotableCall, NotableCalls } from "../slowest-calls.ts";
import type { Summary } from "../summary-schema.ts";
import { block, note, table } from "./table.ts";

const MEANING: Readonly<Record<Outcome, string>> = {
  ok: "the device answered in time (two-way), or was handed the request (one-way)",
  device_error: "the device answered, with an error or with something that is not JSON",
  timeout: "no answer by the deadline",
  no_connection: "the device was not subscribed when the call arrived",
  rejected: "the server refused the call (4xx)",
  server_error: "the server failed (5xx that is not a timeout)",
  transport_error: "no HTTP answer: refused, reset, or silent beyond the caller's own limit",
  dropped: "planned, but never sent by the load generator",
  cancelled: "sent, then given up when the run was interrupted",
};

/** Every Outcome that occurred, with its share of the planned Calls and its meaning; then faults that were programmed. */
export function outcomeBlock(summary: Summary): string {
  const { counts, fleet, requests } = summary;
  const rows = OUTCOMES.filter((outcome) => counts[outcome] > 0 || outcome === "ok").map((outcome) => [
    outcome,
    formatCount(counts[outcome]),
    counts.planned === 0 ? NOTHING : formatShare(counts[outcome] / counts.planned),
    MEANING[outcome],
  ]);
  const faults = fleet.faults.map(({ name, matched, fired }) => [name, formatCount(matched), formatCount(fired)]);
  const faultTable = faults.length === 0 ? "" : table({ headings: ["fault", "#judged", "#fired"], rows: faults });
  const received = `Devices received ${formatCount(requests.received)} requests: ${formatCount(requests.repeated)} of them repeated a call, ${formatCount(requests.foreign)} were none of this plan's.`;
  return block(
    "Outcomes",
    table({ headings: ["outcome", "#calls", "#share", "meaning"], rows }) + faultTable + note(received),
  );
}

/** The slowest answered Calls, and the first ones without an answer. */
export function callsBlock({ slowest, unanswered }: NotableCalls): string {
  const none = note("No call was answered.");
  const slow = block("Slowest calls", slowest.length === 0 ? none : callTable(slowest), { className: "long" });
  if (unanswered.length === 0) return slow;
  return slow + block("First calls without an answer", callTable(unanswered), { className: "long" });
}

function callTable(calls: readonly NotableCall[]): string {
  const ms = (us: number): string => formatMs(Number.isNaN(us) ? null : us);
  const rows = calls.map(({ call, device, intended, response, programmed, outcome, faults }) => [
    String(call),
    String(device),
    formatInstant(intended),
    ms(response),
    ms(programmed),
    outcome ?? "unknown",
    faults.join(", "),
  ]);
  const headings = [
    "#call",
    "#device",
    "#intended start",
    "#response ms",
    "#device programmed ms",
    "outcome",
    "faults",
  ];
  return table({ headings, rows });
}

/** The settings, and the command that repeats the run. The button is for scripts; the command can be copied without. */
export function settingsBlock(facts: RunFacts): string {
  const rows = facts.settings.map(([name, value]) => [name, value]);
  const settings = rows.length === 0 ? "" : table({ headings: ["setting", "value"], rows });
  const command = element("pre", { id: "command" }, escapeMarkup(facts.command));
  const button = element("button", { type: "button", id: "copy", hidden: "" }, "Copy");
  return block("Settings and the command to run again", settings + command + button);
}

/** How the figures were made. */
export function methodBlock({ facts, calls }: RunRecord, summary: Summary): string {
  const load =
    facts.workload === "open"
      ? `Open workload, ${facts.arrivals ?? "planned"} arrivals: every start was fixed before the run from seed ${facts.seed} and did not wait for answers.`
      : "Closed workload: a fixed population of callers, each sending its next call when the last was answered. Intended start and actual send are the same.";
  const items = [
    `${load} Offered ${formatRate(summary.throughput.offeredPerS)} over ${summary.window.durationS} s; ${formatCount(calls.length)} calls were planned, and each has exactly one outcome.`,
    "Percentiles are the sample of rank ceil(p·n) in a histogram of whole microseconds with three significant digits, at most 0.1 % above that sample and never above the maximum. Minimum, maximum and mean are exact. No sample is invented to correct for omission.",
    "A percentile is shown only when the two-sided 95 % rank interval has an upper bound: n ≥ 6 for p50, 36 for p90, 72 for p95, 368 for p99, 3,688 for p99.9.",
    `The effective timeout is ${formatMs(facts.timeout)} ms. Calls that waited in vain count in “with timeouts” at the time they waited.`,
    "Health: send lag p99 at most max(1 ms, 10 % of the response time p99), at most 0.1 % of calls dropped, at least 99 % sent, or the run is invalid. An incomplete fleet, devices later than that same limit, a thread busy for more than 70 % of a second, a collection of garbage longer than 10 % of the p99 (and than 5 ms), or more than 5 % of a second stolen or throttled make it suspect. With a knee rule only the steps up to the knee count.",
    "Gates pass or fail on the observed figure. A latency nearer to its bound than the devices’ own lateness at the same quantile (reply lag) is not judged. A gate on no data is invalid, never passed; so are latency and throughput gates when health is invalid.",
    "All instants are microseconds on one monotonic clock since the workload began. Beside this file lie journal.arrow (one row per call), histogram logs (.hlog) and summary.json: everything here can be computed again from them.",
  ];
  return block(
    "Method",
    element("ul", { class: "note" }, items.map((item) => element("li", {}, escapeMarkup(item))).join("")),
  );
}

/** The Summary as data, for tools that find only this file. */
export function embeddedSummary(summary: Summary): string {
  const json = JSON.stringify(summary).replaceAll("<", "\\u003c");
  return `<script type="application/json" id="summary">${json}</script>`;
}
