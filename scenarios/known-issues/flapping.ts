import { defineScenario } from "../scenario.ts";

/** No active connection for devices that are shown online. */
export const scenario = defineScenario({
  name: "issue-flapping",
  description: "Devices whose connection goes up and down all the time.",
  issue: {
    threads: ["TB#3297", "TB#4734", "gateway#530", "TB#12363"],
    symptom: "Up to 70 % of calls fail with NO_ACTIVE_CONNECTION while the device is shown as online.",
    correct:
      "A call waits for the device until its deadline and is delivered when it comes back; none is lost in between.",
  },
  server: { minTimeout: "300ms" },
  fleet: {
    devices: 50,
    cohorts: [
      { name: "flapping", latency: "constant(10ms)", faults: ["flap(up=2s, down=1s)"], reconnect: "fixed(50ms)" },
    ],
  },
  call: { method: "getValue", timeout: "500ms" },
  workload: { kind: "open", rate: 60, duration: "8s" },
  gates: ["ok >= 40%", "duplicates == 0", "unknown_replies == 0", "transport_errors == 0", "server_errors == 0"],
});
