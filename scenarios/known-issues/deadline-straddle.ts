import { defineScenario } from "../scenario.ts";

/** The race between the reply and the deadline. */
export const scenario = defineScenario({
  name: "issue-deadline-straddle",
  description: "Devices that answer just at the deadline, a little before or after it.",
  issue: {
    threads: ["T2", "T7"],
    symptom: "A reply within a millisecond of the deadline is answered twice, or not at all.",
    correct: "Exactly one of the two: 200, or the timeout and a late stray.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 20, cohorts: [{ name: "edge", latency: "constant(1ms)", faults: ["straddle(within=5ms)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 60, duration: "6s" },
  gates: ["duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
