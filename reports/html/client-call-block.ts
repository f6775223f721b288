/** The devices' own calls: how they ended, and how long their answers took. */
import { CLIENT_OUTCOMES, type ClientOutcome } from "../../protocol/client-call-records.ts";
import { COLUMNS, clientPercentileRows, formatCount, formatShare } from "../format.ts";
import type { Summary } from "../summary-schema.ts";
import { block, note, table } from "./table.ts";

const MEANING: Readonly<Record<ClientOutcome, string>> = {
  ok: "the server answered in time",
  error: "the server answered with an error",
  timeout: "no answer within the device's own patience",
  lost: "the connection, or an interrupted run, ended before the answer came",
  dropped: "planned, but never sent: the device was not connected, or the run was interrupted",
};

/** Empty for a run without such calls. */
export function clientCallBlock({ clientCalls, health }: Summary): string {
  if (clientCalls === undefined) return "";
  const { planned, counts } = clientCalls;
  const outcomes = CLIENT_OUTCOMES.filter((outcome) => counts[outcome] > 0 || outcome === "ok").map((outcome) => [
    outcome,
    formatCount(counts[outcome]),
    planned === 0 ? "–" : formatShare(counts[outcome] / planned),
    MEANING[outcome],
  ]);
  const headings = ["ms", "#n", ...COLUMNS.map(([, name]) => `#${name}`)];
  const about = `${formatCount(planned)} calls were planned from devices to the server (client-side RPC). Response time counts from the planned start, service time from the actual send; both are of answered calls.`;
  const content =
    table({ headings: ["outcome", "#calls", "#share", "meaning"], rows: outcomes }) +
    table({ headings, rows: clientPercentileRows(clientCalls), emphasized: 1 }) +
    note(about);
  return block("Devices' own calls", content, health.verdict === "invalid" ? { className: "void" } : {});
}
