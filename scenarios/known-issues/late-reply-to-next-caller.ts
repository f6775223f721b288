import { defineScenario } from "../scenario.ts";

/** A late reply must not answer the next call. */
export const scenario = defineScenario({
  name: "issue-late-reply-to-next-caller",
  description: "Devices that answer a third of their calls after the deadline.",
  issue: {
    threads: ["T1", "TB#5285"],
    symptom:
      "A reply that comes after its call has timed out is handed to the next caller whose request has the same id.",
    correct: "It is a late stray: no call but its own may have it.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 10,
    cohorts: [{ name: "late", latency: "constant(10ms)", faults: ["late(p=30%, by=50ms, spread=300ms)"] }],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "5s" },
  gates: ["late_replies >= 1", "duplicates == 0", "unknown_replies == 0", "ok >= 60%"],
});
