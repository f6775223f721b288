/** The load generator's verdict on itself while it runs, by the limits of the report's. */
import type { Duration } from "../../protocol/time.ts";
import { formatCount, formatMs, formatShare } from "../format.ts";
import { largestLag, MIN_SENT_SHARE } from "../health.ts";
import type { LiveFleet, LiveFrame, LiveQuantiles } from "./live-frame.ts";

interface LiveVitals {
  readonly isClosed: boolean;
  readonly due: number;
  readonly sent: number | undefined;
  readonly overall: LiveQuantiles;
  readonly lagOverall: LiveQuantiles;
  readonly fleet: LiveFleet | undefined;
  /** Bound of the response time's p99 in a search for the knee; 0 in any other run. */
  readonly kneeP99: Duration;
}

/** Of fewer calls, one that is just being sent would be more than a share that matters. */
const FEWEST_DUE = 1_000;

/** Each thing that is wrong in a few words; the report judges what is left of it at the end. */
export function judgeLive(vitals: LiveVitals): LiveFrame["health"] {
  const { isClosed, due, sent, overall, lagOverall, fleet, kneeP99 } = vitals;
  const invalid: string[] = [];
  const suspect: string[] = [];
  const limit = largestLag(Math.max(overall.p99 ?? 0, kneeP99));
  if (!isClosed && lagOverall.p99 !== null && lagOverall.p99 > limit) {
    invalid.push(`send lag p99 ${formatMs(lagOverall.p99)} ms, at most ${formatMs(limit)} ms is sound`);
  }
  if (!isClosed && sent !== undefined && due >= FEWEST_DUE && sent / due < MIN_SENT_SHARE) {
    invalid.push(`only ${formatShare(sent / due)} of the calls that were due are sent`);
  }
  if (fleet !== undefined && fleet.connected < fleet.devices) {
    suspect.push(`${formatCount(fleet.devices - fleet.connected)} devices are not connected`);
  }
  const verdict = invalid.length > 0 ? "invalid" : suspect.length > 0 ? "suspect" : "healthy";
  return { verdict, notes: [...invalid, ...suspect] };
}
