/** How Calls ended: each Outcome with its share, when it was seen and on how many devices, and what faults did. */
import type { Outcome } from "../../protocol/outcome.ts";
import { formatCount, formatInstant, formatShare, NOTHING } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { Sighting } from "../outcome-sightings.ts";
import { wilsonInterval } from "../statistics/wilson.ts";
import type { Summary } from "../summary-schema.ts";
import { outcomeSwatch } from "./hatch.ts";
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

/** Every Outcome that occurred; then faults that were programmed. */
export function outcomeBlock({ counts, fleet, requests }: Summary, sightings: readonly Sighting[]): string {
  const { planned } = counts;
  const rows = sightings.map(({ outcome, calls, first, last, devices }) => [
    { markup: element("span", { class: "nowrap" }, outcomeSwatch(outcome) + escapeMarkup(outcome)) },
    formatCount(calls),
    planned === 0 ? NOTHING : formatShare(calls / planned),
    shareInterval(calls, planned),
    formatInstant(first),
    formatInstant(last),
    formatCount(devices),
    MEANING[outcome],
  ]);
  const headings = [
    "outcome",
    "#calls",
    "#share",
    "#95 % interval",
    "#first seen",
    "#last seen",
    "#devices affected",
    "meaning",
  ];
  const faults = fleet.faults.map(({ name, matched, fired }) => [name, formatCount(matched), formatCount(fired)]);
  const faultTable = faults.length === 0 ? "" : table({ headings: ["fault", "#judged", "#fired"], rows: faults });
  const received = `Devices received ${formatCount(requests.received)} requests: ${formatCount(requests.repeated)} of them repeated a call, ${formatCount(requests.foreign)} were none of this plan's.`;
  const about = "The interval is Wilson's, of what the share would be in a longer run of independent calls.";
  const matrix = rows.length === 0 ? note("No call was planned.") : table({ headings, rows }) + note(about);
  return block("Outcomes", matrix + faultTable + note(received), { id: "outcomes" });
}

function shareInterval(calls: number, planned: number): string {
  if (planned === 0) return NOTHING;
  const { low, high } = wilsonInterval(calls, planned);
  const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}`;
  return `${percent(low)} to ${low > 0.99 ? formatShare(high) : `${percent(high)} %`}`;
}
