import { defineScenario } from "./scenario.ts";

/**
 * As many devices as a small machine can hold while each of them can be called: sockets of their own for some, one for a hundred
 * over CoAP, one for fifty behind gateways.
 */
export const scenario = defineScenario({
  name: "fifty-thousand",
  description: "50,000 devices over MQTT, CoAP and gateways, each of them within reach of a call.",
  fleet: {
    devices: 50_000,
    cohorts: [
      { name: "mqtt", weight: 3, latency: "lognormal(p50=40ms, p99=400ms)" },
      { name: "coap", weight: 3, latency: "lognormal(p50=80ms, p99=600ms)", transport: "coap" },
      { name: "gateways", weight: 4, latency: "lognormal(p50=60ms, p99=500ms)", transport: "gateway(children=50)" },
    ],
  },
  call: { method: "getValue", timeout: "10s" },
  workload: { kind: "open", rate: 300, duration: "30s" },
  gates: ["ok >= 99%", "duplicates == 0", "unknown_replies == 0"],
});
