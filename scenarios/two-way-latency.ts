import { defineScenario } from "./scenario.ts";

/** The question asked first: how long does a two-way call take, end to end, at a steady rate? */
export const scenario = defineScenario({
  name: "two-way-latency",
  description: "Two-way calls at a steady rate to healthy devices: the round trip, and what the server adds to it.",
  fleet: {
    devices: 1_000,
    cohorts: [{ name: "all", latency: "lognormal(p50=40ms, p99=400ms)" }],
  },
  call: { method: "getValue", timeout: "5s" },
  workload: { kind: "open", arrivals: "poisson", rate: 200, duration: "15s" },
  gates: ["p99(rtt) < 1s", "timeouts <= 0.1%", "throughput >= 0.99 * planned"],
});
