/** A1: every answer of those picked is late by the same amount. */
import type { FaultKind } from "./device-fault.ts";

/** By `by`, required: 100ms is not a delay anyone should get without asking. A drawn delay (A2) is the cohort's latency. */
export const delayReply: FaultKind = {
  name: "delay",
  id: "A1",
  standard: "fixedDelay, latency, wait",
  does: "answers `by` later",
  arguments: ["by"],
  read: (reader) => {
    const delay = reader.duration("by", 1);
    return { verdict: () => ({ kind: "add", delay }) };
  },
};
