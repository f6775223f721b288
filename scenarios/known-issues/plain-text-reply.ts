import { defineScenario } from "../scenario.ts";

/** A reply that is not JSON. */
export const scenario = defineScenario({
  name: "issue-plain-text-reply",
  description: "Devices whose replies are no JSON.",
  issue: {
    threads: ["TB#11764", "TB#14934"],
    symptom: "The widget shows a request timeout: the device answered `Fan is OFF`, which is not JSON.",
    correct: "The device did answer: 406, at once, counted as a device error and not as a timeout.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 20, cohorts: [{ name: "plain", latency: "constant(10ms)", faults: ["truncate(keep=60%)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "4s" },
  gates: ["device_errors >= 99%", "timeouts <= 1%"],
});
