import { defineScenario } from "./scenario.ts";

/**
 * One cohort for each way in which a device fails to answer in time. Its gates are about the books, not about speed: every
 * call ends exactly once, and a late or repeated reply is never counted as a second answer.
 */
export const scenario = defineScenario({
  name: "timeout-behaviour",
  description:
    "Slow, silent, late, failing and disconnecting devices side by side; every call must still be accounted for.",
  fleet: {
    devices: 200,
    cohorts: [
      { name: "slow", weight: 6, latency: "exponential(mean=4s)" },
      { name: "silent", weight: 1, latency: "constant(50ms)", faults: ["drop(p=100%)"] },
      { name: "late", weight: 1, latency: "constant(50ms)", faults: ["late(p=100%, by=500ms)"] },
      { name: "failing", weight: 1, latency: "constant(50ms)", faults: ["error(p=100%)"] },
      { name: "flapping", weight: 1, latency: "constant(50ms)", faults: ["disconnect(p=20%, reconnect=1s)"] },
    ],
  },
  call: { method: "getValue", timeout: "5s" },
  workload: { kind: "open", arrivals: "poisson", rate: 40, duration: "20s" },
  gates: ["duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
