import { defineScenario } from "../scenario.ts";

/** The server must notice a connection that is dead without a word. */
export const scenario = defineScenario({
  name: "issue-silent-half-open",
  description: "Devices whose link goes silent at 2 s without a FIN, with a keep-alive of 2 s.",
  issue: {
    threads: ["TB#9519", "TB#11518", "TB#7123"],
    symptom:
      "Minutes to weeks after the network dropped a device, calls to it still time out instead of failing at once.",
    correct:
      "1.5 times the keep-alive after its last word the connection is closed; from then on calls have no connection.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    keepAlive: "2s",
    cohorts: [{ name: "gone", latency: "constant(10ms)", faults: ["half_open(start=2s)"], reconnect: "none" }],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 20, duration: "10s" },
  gates: ["no_connection >= 30%", "timeouts <= 40%", "ok >= 10%"],
});
