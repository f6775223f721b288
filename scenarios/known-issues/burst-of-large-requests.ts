import { defineScenario } from "../scenario.ts";

/** A device that a burst brings down. */
export const scenario = defineScenario({
  name: "issue-burst-of-large-requests",
  description: "Requests of 32 kB to devices of which some hang.",
  issue: {
    threads: ["TB#11994"],
    symptom: "A burst of requests, or one with huge params, crashes the device while its connection seems alive.",
    correct: "Other devices do not notice; calls to this one end by their deadline, each once.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    cohorts: [
      { name: "fragile", latency: "constant(10ms)", faults: ["hang(start=1s, for=2s)"] },
      { name: "sound", weight: 3, latency: "constant(10ms)" },
    ],
  },
  call: { method: "update", params: { firmware: "x".repeat(32_000) }, timeout: "500ms" },
  workload: { kind: "open", rate: 60, duration: "5s" },
  gates: ["ok >= 60%", "server_errors == 0", "transport_errors == 0"],
});
