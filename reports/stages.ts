/** Where the time of a Call went: its way from the plan to the server, the device and back, as stages that add up to its response time. */
import type { JoinedCalls } from "./joined-calls.ts";

/**
 * - `scheduleWait`: intended start -> sent. `toServer`: sent -> admitted by the server.
 * - `inServer`: admitted -> handed to the device's connection. `toDevice`: handed over -> received by the device.
 * - `inDevice`: received -> reply written. `backToServer`: reply written -> settled by the server.
 * - `toCaller`: settled by the server -> seen by the caller.
 */
export const STAGES = [
  "scheduleWait",
  "toServer",
  "inServer",
  "toDevice",
  "inDevice",
  "backToServer",
  "toCaller",
] as const;
export type StageName = (typeof STAGES)[number];

/**
 * Writes how long each stage of a Call took, in microseconds and the order of STAGES, to `into`. False, and nothing written, when the
 * Call was never sent or has no settled time. None is negative, and their sum is settled - intended start.
 *
 * An instant that nobody saw is taken for the next one that was seen: what came in between is the time of the stage that did not end,
 * so a Call whose reply was lost spent its wait `inDevice`. The same holds for one that lies behind the next, such as a reply that was
 * written after the server had given the Call up.
 */
export function stagesOf(batch: JoinedCalls, row: number, into: Float64Array): boolean {
  const intended = batch.intendedUs[row] as number;
  const settled = batch.settledUs[row] as number;
  if (Number.isNaN(batch.sentUs[row]) || !(settled >= intended)) return false;
  into[0] = batch.sentUs[row] as number;
  into[1] = batch.serverAcceptUs[row] as number;
  into[2] = batch.serverDispatchUs[row] as number;
  into[3] = batch.deviceReceivedUs[row] as number;
  into[4] = batch.deviceRepliedUs[row] as number;
  into[5] = batch.serverSettleUs[row] as number;
  // From the end: each stage begins where the one before it ends, at the instant that stands in its predecessor's place.
  let end = settled;
  for (let stage = STAGES.length - 1; stage > 0; stage -= 1) {
    const seen = into[stage - 1] as number;
    const begin = seen < end ? Math.max(intended, seen) : end;
    into[stage] = end - begin;
    end = begin;
  }
  into[0] = end - intended;
  return true;
}
