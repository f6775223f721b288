import { defineScenario } from "./scenario.ts";

/** Raises the offered rate step by step until calls are lost or p99 bends upwards: the last good step is the knee. */
export const scenario = defineScenario({
  name: "throughput",
  description:
    "Offers 100 calls/s and 1.4 times more every 5 s, until fewer than 99% are answered ok or p99 exceeds 250 ms.",
  fleet: {
    devices: 1_000,
    cohorts: [{ name: "all", latency: "constant(5ms)" }],
  },
  call: { method: "getValue", timeout: "5s" },
  workload: {
    kind: "steps",
    arrivals: "poisson",
    from: 100,
    factor: 1.4,
    stepDuration: "5s",
    maxSteps: 12,
    knee: { minOkShare: 0.99, maxP99: "250ms" },
  },
});
