import { defineScenario } from "../scenario.ts";

/** Two sessions of one device execute a command twice. */
export const scenario = defineScenario({
  name: "issue-two-sessions",
  description: "Devices that have a second session from the first second on.",
  issue: {
    threads: ["T3"],
    symptom: "A device with two connections gets every request twice and answers twice.",
    correct:
      "The newer connection takes the device's place, as with one token twice; a call that both have is settled by the first reply.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 10, cohorts: [{ name: "twins", latency: "constant(10ms)", faults: ["twin(start=1s)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "5s" },
  gates: ["ok >= 97%", "unknown_replies == 0", "server_errors == 0"],
});
