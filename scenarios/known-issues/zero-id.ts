import { defineScenario } from "../scenario.ts";

/** The falsy id. */
export const scenario = defineScenario({
  name: "issue-zero-id",
  description: "Devices whose SDK takes request id 0 for no id at all.",
  issue: {
    threads: ["TB#10575"],
    symptom:
      "The first RPC after each restart times out: its id is 0, which the device's SDK takes for none and answers as a call of its own.",
    correct: "Nothing on the server is wrong: each device loses the one call whose id is 0, and no other.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 20, cohorts: [{ name: "falsy", latency: "constant(10ms)", faults: ["zero_id(how=request)"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 60, duration: "4s" },
  gates: ["timeouts <= 25%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
