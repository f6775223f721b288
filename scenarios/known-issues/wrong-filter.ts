import { defineScenario } from "../scenario.ts";

/** A device that subscribes with a leading slash hears of nothing. */
export const scenario = defineScenario({
  name: "issue-wrong-filter",
  description: "Connected devices whose subscription is spelt wrong; no call may be said to have reached them.",
  issue: {
    threads: ["TB#245", "TB#1202", "TB#928"],
    symptom:
      "Every call ends with 408 although the device is connected: it subscribed to a topic with a leading slash.",
    correct:
      "The subscription is refused; the call ends with 409 (v1) or 504 (v2), since the device could never be reached.",
  },
  server: { minTimeout: "300ms" },
  fleet: { devices: 20, cohorts: [{ name: "slash", latency: "constant(10ms)", faults: ["wrong_filter"] }] },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 20, duration: "4s" },
  gates: ["no_connection == 100%", "timeouts == 0"],
});
