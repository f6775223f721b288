import { defineScenario } from "../scenario.ts";

/** What becomes of the devices behind a gateway that comes back. */
export const scenario = defineScenario({
  name: "issue-gateway-restart",
  description: "Gateways of twenty devices each lose their connection at 2 s and come back a second later.",
  issue: {
    threads: ["gateway#1144", "gateway#1488"],
    symptom: "After a restart of the gateway its sub-devices get no RPC; 408 and 409 come mixed.",
    correct: "A gateway that announces its devices again is asked again; what waited meanwhile is delivered then.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 100,
    cohorts: [
      {
        name: "behind gateways",
        latency: "constant(10ms)",
        transport: "gateway(children=20)",
        faults: ["storm(start=2s)"],
        reconnect: "fixed(1s)",
      },
    ],
  },
  call: { method: "getValue", timeout: "3s" },
  workload: { kind: "open", rate: 40, duration: "6s" },
  gates: ["ok >= 97%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
