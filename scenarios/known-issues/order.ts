import { defineScenario } from "../scenario.ts";

/** Requests arrive in random order, all at once. */
export const scenario = defineScenario({
  name: "issue-order",
  description: "A few slow devices, many calls, one request at a time.",
  issue: {
    threads: ["TB#5848"],
    symptom: "A device that is slow gets all of its requests at once and answers them in any order.",
    correct:
      "Under the on-response strategy a device has one request at a time, and each caller gets the answer to its own.",
  },
  server: { minTimeout: "300ms", strategy: "on_response" },
  fleet: { devices: 5, cohorts: [{ name: "slow", latency: "uniform(5ms, 60ms)" }] },
  call: { method: "getValue", timeout: "5s" },
  workload: { kind: "open", rate: 60, duration: "5s" },
  gates: ["ok >= 99%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
