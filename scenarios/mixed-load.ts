import { defineScenario } from "./scenario.ts";

/** A day in half a minute: the load comes and goes, most calls read, some write, and a few devices are asked far more than others. */
export const scenario = defineScenario({
  name: "mixed-load",
  description: "Reads, one-way switches and large writes at a rate that swells and falls, to a fleet with hot devices.",
  fleet: {
    devices: 1_000,
    cohorts: [{ name: "all", latency: "lognormal(p50=40ms, p99=400ms)" }],
  },
  calls: [
    { name: "read", weight: 70, method: "getValue", timeout: "5s" },
    { name: "switch", weight: 20, method: "setValue", params: { on: true }, oneway: true, timeout: "5s" },
    { name: "configure", weight: 10, method: "setConfig", payloadBytes: 4_096, timeout: "10s" },
  ],
  targets: "zipf(s=1.1)",
  workload: { kind: "open", arrivals: "poisson", shape: "sine(mean=200, amplitude=80%, period=10s)", duration: "30s" },
  gates: ["p99(rtt) < 1s", "timeouts <= 0.1%"],
});
