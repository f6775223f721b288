/** Single Calls that are worth a look, each with the command that brings it back. */
import { formatCount, formatInstant, formatMs } from "../format.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { RunFacts } from "../run-record.ts";
import type { NotableCall, NotableCalls } from "../slowest-calls.ts";
import type { Summary } from "../summary-schema.ts";
import { oneDeviceCommand } from "./reproduce.ts";
import { block, note, table } from "./table.ts";

/** Rows that are shown at once; more of them can be unfolded. */
const AT_ONCE = 10;

/** The slowest answered Calls, the timeouts, and the first Calls without an answer for another reason. */
export function callsBlock(facts: RunFacts, { slowest, timeouts, others }: NotableCalls, { counts }: Summary): string {
  const about =
    "The command connects the call's device alone to a server, such as that of npx rpcfleet serve, with the same seed: it then does what it did in this run. Start is the intended one; programmed is what the device was to take; stages are those of the block above, in its order.";
  const slow =
    slowest.length === 0 ? note("No call was answered.") : callTable(facts, slowest, "slow calls") + note(about);
  const parts = [block("Slowest calls", slow, { className: "long calls", id: "slowest" })];
  if (timeouts.length > 0) {
    const some =
      timeouts.length === counts.timeout ? "" : ` (the first ${timeouts.length} of ${formatCount(counts.timeout)})`;
    parts.push(
      block(`Timeouts${some}`, callTable(facts, timeouts, "timeouts"), { className: "long calls", id: "timeouts" }),
    );
  }
  if (others.length > 0)
    parts.push(
      block("First calls without an answer for another reason", callTable(facts, others, "calls"), {
        className: "long calls",
      }),
    );
  return parts.join("");
}

function callTable(facts: RunFacts, calls: readonly NotableCall[], what: string): string {
  const hasStages = calls.some(({ stages }) => stages !== undefined);
  const hasOutcomes = new Set(calls.map(({ outcome }) => outcome)).size > 1;
  const hasFaults = calls.some(({ faults }) => faults.length > 0);
  const ms = (us: number): string => formatMs(Number.isNaN(us) ? null : us);
  const rows = calls.map(({ call, device, intended, response, programmed, outcome, faults, stages }) => {
    const command = oneDeviceCommand(facts, device);
    return [
      String(call),
      String(device),
      formatInstant(intended),
      ms(response),
      ms(programmed),
      ...(hasStages ? [stages === undefined ? "" : stages.map((us) => shortStage(us)).join(" ")] : []),
      ...(hasOutcomes ? [outcome ?? "unknown"] : []),
      ...(hasFaults ? [faults.join(", ")] : []),
      { markup: command === undefined ? "" : element("code", {}, escapeMarkup(command)) },
    ];
  });
  const headings = [
    "#call",
    "#device",
    "#start",
    "#response ms",
    "#programmed ms",
    ...(hasStages ? ["stages 1 to 7, ms"] : []),
    ...(hasOutcomes ? ["outcome"] : []),
    ...(hasFaults ? ["faults"] : []),
    "command",
  ];
  const first = table({ headings, rows: rows.slice(0, AT_ONCE) });
  const rest = rows.slice(AT_ONCE);
  if (rest.length === 0) return first;
  const more = element("summary", {}, `${rest.length} more ${what}`);
  return first + element("details", {}, more + table({ headings, rows: rest }));
}

/** `0.04`, `1.4`, `51`: the order of magnitude is what the eye compares. */
function shortStage(us: number): string {
  const ms = us / 1_000;
  return String(Number(ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0)));
}
