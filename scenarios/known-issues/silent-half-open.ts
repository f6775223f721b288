import { defineScenario } from "../scenario.ts";

/** A connection that is dead without a word. */
export const scenario = defineScenario({
  name: "issue-silent-half-open",
  description: "Devices whose link goes silent at 2 s without a FIN, with a keep-alive of 2 s.",
  issue: {
    threads: ["TB#9519", "TB#11518", "TB#7123"],
    symptom:
      "Minutes to weeks after the network dropped a device, calls to it still time out instead of failing at once.",
    correct:
      "Each call ends by its deadline as a timeout, until the inactivity timeout (10 min) closes the connection: the contract enforces no keep-alive.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    keepAlive: "2s",
    cohorts: [{ name: "gone", latency: "constant(10ms)", faults: ["half_open(start=2s)"], reconnect: "none" }],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 20, duration: "10s" },
  gates: ["timeouts >= 60%", "no_connection == 0", "ok >= 10%", "transport_errors == 0", "server_errors == 0"],
});
