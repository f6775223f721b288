/** For the reader who wants to know why: the settings, how figures were made, the files behind them, and the Summary itself. */
import { formatCount, formatMs, formatRate } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RawFile } from "../raw-files.ts";
import type { RunFacts, RunRecord } from "../run-record.ts";
import type { Summary } from "../summary-schema.ts";
import { block, table } from "./table.ts";
import { dataScript } from "./timeline-data.ts";

/** The settings of the run. */
export function settingsBlock(facts: RunFacts): string {
  const rows = facts.settings.map(([name, value]) => [name, value]);
  const settings = rows.length === 0 ? "" : table({ headings: ["setting", "value"], rows });
  return block("Settings", settings, { id: "settings" });
}

/** How the figures were made, and from which files. */
export function methodBlock({ facts, calls }: RunRecord, summary: Summary, files: readonly RawFile[]): string {
  const load =
    facts.workload === "open"
      ? `Open workload, ${facts.arrivals ?? "planned"} arrivals: every start was fixed before the run from seed ${facts.seed} and did not wait for answers.`
      : "Closed workload: a fixed population of callers, each sending its next call when the last was answered. Intended start and actual send are the same.";
  const items = [
    `${load} Offered ${formatRate(summary.throughput.offeredPerS)} over ${summary.window.durationS} s; ${formatCount(calls.length)} calls were planned, and each has exactly one outcome.`,
    "Percentiles are the sample of rank ceil(p·n) in a histogram of whole microseconds with three significant digits, at most 0.1 % above that sample and never above the maximum. Minimum, maximum and mean are exact. No sample is invented to correct for omission.",
    "A percentile is shown only when the two-sided 95 % rank interval has an upper bound: n ≥ 6 for p50, 36 for p90, 72 for p95, 368 for p99, 3,688 for p99.9.",
    `Intervals hold the true percentile in 95 % of runs. ${intervalMethod(summary)} Where samples hang together so much that the run is too short to tell, there is no interval but a word.`,
    `${warmUpText(summary)} Nothing is left out of any figure: the warm-up is shaded on the timeline, and so is the drain after the last planned start.`,
    `The effective timeout is ${formatMs(facts.timeout)} ms. Calls that waited in vain count in “with timeouts” at the time they waited.`,
    "Health: send lag p99 at most max(1 ms, 10 % of the response time p99), at most 0.1 % of calls dropped, at least 99 % sent, or the run is invalid. An incomplete fleet, devices later than that same limit, a thread busy for more than 70 % of a second, a collection of garbage longer than 10 % of the p99 (and than 5 ms), or more than 5 % of a second stolen or throttled make it suspect. With a knee rule only the steps up to the knee count.",
    "A gate passes or fails when its whole interval lies on one side of the limit, and is unclear otherwise. A latency nearer to its bound than the devices’ own lateness at the same quantile (reply lag) is not judged. A gate on no data is invalid, never passed; so are latency and throughput gates when health is invalid.",
    "All instants are microseconds on one monotonic clock since the workload began. Beside this file lie journal.arrow (one row per call), histogram logs (.hlog) and summary.json: everything here can be computed again from them.",
  ];
  const list = element("ul", { class: "note" }, items.map((item) => element("li", {}, escapeMarkup(item))).join(""));
  return block("Method", list + fileTable(files), { id: "method" });
}

/** What the interval of the p99 was made by; that of the median when there is none. */
function intervalMethod({ uncertainty: { p50, p99 } }: Summary): string {
  const one = "refused" in p99 ? p50 : p99;
  if ("refused" in one) return `This run has none (${one.refused}).`;
  const known = `${formatCount(one.effectiveN)} independent samples would know as much.`;
  return one.method === "rank"
    ? `Samples passed for independent ones, so they are read from the ranks; ${known}`
    : `Samples near each other hang together, so stretches of ${one.blockS} s of the run were drawn again and again (moving-block bootstrap); ${known}`;
}

function warmUpText({ steadiness }: Summary): string {
  if (steadiness === null)
    return "A workload of several steps is not meant to be steady, so no warm-up was looked for.";
  return `Warm-up was looked for as a change of level by the second: ${steadiness.warmUpS} s.`;
}

function fileTable(files: readonly RawFile[]): string {
  if (files.length === 0) return "";
  const rows = files.map(({ name, bytes, sha256 }) => [
    name,
    formatCount(bytes),
    { markup: element("code", {}, sha256) },
  ]);
  return table({ headings: ["file", "#bytes", "sha256"], rows });
}

/** The Summary as data, for tools that find only this file. */
export function embeddedSummary(summary: Summary): string {
  return dataScript("summary", summary);
}
