/** The devices' own calls, folded: a run keeps these figures of them, not a row for each. */
import { CLIENT_OUTCOME_CODE, CLIENT_OUTCOMES, type ClientCallColumns } from "../protocol/client-call-records.ts";
import type { Duration } from "../protocol/time.ts";
import { distribution } from "./distribution.ts";
import { Histogram } from "./histogram.ts";
import type { ClientCalls } from "./summary-schema.ts";

/** Counts add up to `planned`; the times are those of answered calls, the send lag that of every call that was sent. */
export function summarizeClientCalls(columns: ClientCallColumns, timeout: Duration): ClientCalls {
  const counts: ClientCalls["counts"] = { ok: 0, error: 0, timeout: 0, lost: 0, dropped: 0 };
  const responseTime = new Histogram(timeout);
  const serviceTime = new Histogram(timeout);
  const sendLag = new Histogram(timeout);
  for (let row = 0; row < columns.length; row++) {
    const code = columns.outcome[row] as number;
    const outcome = CLIENT_OUTCOMES[code];
    // The fleet settles every row before it hands them over: anything else is a fault of ours, not of the run.
    if (outcome === undefined) throw new RangeError(`a device's own call ended with the unknown code ${code}`);
    counts[outcome]++;
    if (code === CLIENT_OUTCOME_CODE.dropped) continue;
    const intended = columns.intendedUs[row] as number;
    const sent = columns.sentUs[row] as number;
    sendLag.record(sent - intended);
    if (code !== CLIENT_OUTCOME_CODE.ok && code !== CLIENT_OUTCOME_CODE.error) continue;
    const settled = columns.settledUs[row] as number;
    responseTime.record(settled - intended);
    serviceTime.record(settled - sent);
  }
  return {
    planned: columns.length,
    counts,
    responseTimeUs: distribution(responseTime),
    serviceTimeUs: distribution(serviceTime),
    sendLagUs: distribution(sendLag),
  };
}
