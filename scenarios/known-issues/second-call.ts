import { defineScenario } from "../scenario.ts";

/** The second call to a device fails. */
export const scenario = defineScenario({
  name: "issue-second-call",
  description: "Many calls one after the other to a few devices.",
  issue: {
    threads: ["TB#6848"],
    symptom: "The first RPC to a device works and the second ends with 409.",
    correct: "Every call finds the subscription the first one found.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 5, cohorts: [{ name: "all", latency: "constant(5ms)" }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "4s" },
  gates: ["ok == 100%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
