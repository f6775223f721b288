import { defineScenario } from "../scenario.ts";

/** After a reconnect telemetry works and RPC does not. */
export const scenario = defineScenario({
  name: "issue-reconnect-without-subscribe",
  description: "All devices lose their connection at 2 s and subscribe again only two seconds after they are back.",
  issue: {
    threads: ["TB#2898", "TB#5640", "TB#5666", "TB#11518", "gateway#1129"],
    symptom: "After a while, or a reconnect, telemetry still arrives and every RPC ends with 408, 409 or 504.",
    correct:
      "What waits is delivered as soon as the device subscribes again; what cannot wait so long ends with no connection.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    cohorts: [
      {
        name: "forgetful",
        latency: "constant(10ms)",
        faults: ["storm(start=2s)", "late_subscribe(by=2s, start=1s)"],
        reconnect: "fixed(100ms)",
      },
    ],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "8s" },
  gates: ["ok >= 50%", "no_connection >= 15%", "timeouts <= 2%", "max(rtt_all) < 600ms"],
});
