import { defineScenario } from "../scenario.ts";

/** Two sessions of one device execute a command twice. */
export const scenario = defineScenario({
  name: "issue-two-sessions",
  description: "Devices that have a second session from the first second on.",
  issue: {
    threads: ["T3"],
    symptom: "A device with two connections gets every request twice and answers twice.",
    correct: "The first reply settles the call, the second is a duplicate; no other call is touched.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 10, cohorts: [{ name: "twins", latency: "constant(10ms)", faults: ["twin(start=1s)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "5s" },
  gates: ["ok >= 99%", "unknown_replies == 0", "server_errors == 0"],
});
