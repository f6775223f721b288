import { defineScenario } from "../scenario.ts";

/** Old ids, and the same answer twice. */
export const scenario = defineScenario({
  name: "issue-duplicate-replies",
  description: "Devices that repeat their replies, and some that answer under ids nobody knows.",
  issue: {
    threads: ["TB#5285", "TB#10047"],
    symptom: "A reply that comes twice, or under an old id, completes another call.",
    correct: "The first reply settles its call, and every other one is a stray.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    cohorts: [
      { name: "twice", latency: "constant(10ms)", faults: ["duplicate(copies=2, gap=20ms)"] },
      { name: "stale", latency: "constant(10ms)", faults: ["wrong_id(p=20%, kind=unknown)"] },
    ],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "5s" },
  gates: ["ok >= 80%", "transport_errors == 0", "server_errors == 0"],
});
