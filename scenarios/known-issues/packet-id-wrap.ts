import { defineScenario } from "../scenario.ts";

/** Packet ids begin again after 65,535. */
export const scenario = defineScenario({
  name: "issue-packet-id-wrap",
  description: "Devices whose packet ids are about to begin again.",
  issue: {
    threads: ["T5"],
    symptom:
      "After 65,535 publishes of one connection no acknowledgement matches any more, and every call of quality of service 1 times out.",
    correct: "Packet ids are 16 bits and begin again at 1, on both sides.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 2, cohorts: [{ name: "old", latency: "constant(1ms)", faults: ["packet_id(first=65530)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 20, duration: "4s" },
  gates: ["ok == 100%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
