import { defineScenario } from "../scenario.ts";

/** A timeout that is asked for and not granted. */
export const scenario = defineScenario({
  name: "issue-timeout-clamp",
  description: "Silent devices, and callers who ask for less patience than the server grants.",
  issue: {
    threads: ["TB#1621", "TB#2393", "TB#10777"],
    symptom:
      "A call with a timeout of 1 s takes 5 s to fail: the server raises what is below its smallest timeout, and says nothing of it.",
    correct:
      "The same, as long as that smallest timeout is 5 s: the effective timeout is what the report counts against.",
  },
  fleet: { devices: 20, cohorts: [{ name: "silent", latency: "never" }] },
  call: { method: "getValue", timeout: "1s" },
  workload: { kind: "open", rate: 10, duration: "3s" },
  gates: ["timeouts == 100%", "min(rtt_all) >= 5s", "max(rtt_all) < 6s"],
});
