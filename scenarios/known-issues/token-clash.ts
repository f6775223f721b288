import { defineScenario } from "../scenario.ts";

/** Two clients with one token close each other. */
export const scenario = defineScenario({
  name: "issue-token-clash",
  description: "Devices that connect again with their own client id, every 300 ms.",
  issue: {
    threads: ["TB#6623", "TB#3341", "TB#1210", "TB#13422"],
    symptom:
      "Two clients use the same token and client id; the connection changes hands all the time, and calls get lost in it.",
    correct: "The newer connection wins; what was not delivered goes to it, and a call never ends twice.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 20,
    cohorts: [{ name: "clash", latency: "constant(30ms)", faults: ["takeover(times=20, gap=300ms, start=500ms)"] }],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 40, duration: "6s" },
  gates: ["ok >= 60%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
