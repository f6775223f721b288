import { defineScenario } from "../scenario.ts";

/** A call of the device that nobody answers. */
export const scenario = defineScenario({
  name: "issue-client-side-unanswered",
  description: "Devices that call a method the server does not have.",
  issue: {
    threads: ["TB#1088", "TB#920"],
    symptom: "Every client-side RPC ends with an error, because no rule node answers it.",
    correct:
      "The server answers with a timeout after 60 s, when most devices have given up; calls to them go on meanwhile.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    cohorts: [{ name: "asking", latency: "constant(10ms)" }],
    clientCalls: { rate: 20, method: "nobodyKnowsThis", timeout: "2s" },
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "4s" },
  gates: ["ok >= 99%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
