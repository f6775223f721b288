import { defineScenario } from "../scenario.ts";

/** The reply overtakes its acknowledgement. */
export const scenario = defineScenario({
  name: "issue-reply-before-ack",
  description:
    "Devices that acknowledge a request only after they have answered it, on a server that sends one at a time.",
  issue: {
    threads: ["TB#8712"],
    symptom: "When the response arrives before the PUBACK, the sequential queue of the device stands still.",
    correct: "A reply says more than an acknowledgement: the call is answered, and the next one is delivered.",
  },
  server: { minTimeout: "300ms", strategy: "on_ack" },
  fleet: { devices: 20, cohorts: [{ name: "hasty", latency: "constant(10ms)", faults: ["early_reply(gap=5ms)"] }] },
  call: { method: "getValue", timeout: "2s" },
  workload: { kind: "open", rate: 40, duration: "5s" },
  gates: ["ok >= 99%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
