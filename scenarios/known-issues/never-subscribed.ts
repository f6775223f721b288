import { defineScenario } from "../scenario.ts";

/** Connected is not reachable. */
export const scenario = defineScenario({
  name: "issue-never-subscribed",
  description: "Devices that connect and never subscribe.",
  issue: {
    threads: ["TB#245", "TB#1202"],
    symptom: "The device is shown as active, and every call to it times out.",
    correct:
      "A device without a subscription has no connection for RPC: 409 (v1) or 504 (v2) by the deadline, and never 408.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 20, cohorts: [{ name: "deaf", latency: "constant(10ms)", faults: ["no_subscribe"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 20, duration: "4s" },
  gates: ["no_connection == 100%", "timeouts == 0"],
});
