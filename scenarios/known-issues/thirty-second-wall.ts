import { defineScenario } from "../scenario.ts";

/** What a second, unrelated deadline does to a long timeout. */
export const scenario = defineScenario({
  name: "issue-thirty-second-wall",
  description: "Devices that take 20, 29, 31 and 45 s; what is slower than 30 s shows whether there is a wall.",
  issue: {
    threads: ["TB#12864", "TB#5025", "TB#5070", "TB#5140"],
    symptom:
      "A two-way call ends at about 30 s although its timeout is 60 s: the web server's own asynchronous timeout is shorter.",
    correct:
      "A call lives as long as its timeout. (The reference server keeps the wall of the original only in the dialects that have it.)",
  },
  dialect: "tempus",
  fleet: {
    devices: 40,
    cohorts: [
      { name: "20s", latency: "constant(20s)" },
      { name: "29s", latency: "constant(29s)" },
      { name: "31s", latency: "constant(31s)" },
      { name: "45s", latency: "constant(45s)" },
    ],
  },
  call: { method: "getValue", timeout: "60s" },
  workload: { kind: "open", rate: 10, duration: "4s" },
  gates: ["health == ok"],
});
