import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { CATALOGUE, DEFAULT_SCENARIO } from "./catalogue.ts";
import { formatProblem } from "./problem.ts";
import { checkScenario, type Scenario, type ScenarioInput, scenarioJsonSchema } from "./scenario.ts";

const minimal: ScenarioInput = {
  name: "minimal",
  description: "As little as possible.",
  fleet: { devices: 1 },
  call: { method: "getValue" },
  workload: { kind: "open", rate: 0.5, duration: "1.5s" },
};

function scenarioOf(value: unknown): Scenario {
  const checked = checkScenario(value, "");
  if ("problems" in checked) throw new Error(checked.problems.map(formatProblem).join("\n"));
  return checked.scenario;
}

function problemsIn(value: unknown, where = ""): string[] {
  const checked = checkScenario(value, where);
  return "problems" in checked ? checked.problems.map(formatProblem) : [];
}

describe("checkScenario", () => {
  it("fills in every default and reads durations as microseconds", () => {
    expect(scenarioOf(minimal)).toEqual({
      name: "minimal",
      description: "As little as possible.",
      dialect: "tb-v1",
      fleet: {
        devices: 1,
        cohorts: [
          {
            name: "all",
            weight: 1,
            latency: "lognormal(p50=40ms, p99=400ms)",
            faults: [],
            reconnect: "fixed(1s)",
            transport: "mqtt",
          },
        ],
        qos: 1,
        keepAlive: 60_000_000,
        pingFactor: 0.5,
        keepSession: false,
      },
      calls: [
        {
          name: "getValue",
          weight: 1,
          method: "getValue",
          params: {},
          oneway: false,
          persistent: false,
          timeout: 10_000_000,
        },
      ],
      targets: "uniform",
      caller: { pollInterval: 50_000 },
      workload: { kind: "open", arrivals: "poisson", rate: 0.5, duration: 1_500_000 },
      gates: [],
    });
  });

  it("fills in what is left out of the devices' own calls", () => {
    const { fleet } = scenarioOf({ ...minimal, fleet: { devices: 1, clientCalls: { rate: 0.5 } } });
    expect(fleet.clientCalls).toEqual({ rate: 0.5, method: "getCurrentTime", params: {}, timeout: 10_000_000 });
  });

  it("reports every problem at once, each with its place", () => {
    const problems = problemsIn(
      {
        name: "X y",
        fleet: { devices: 0, cohorts: [{ name: "a", wieght: 2, latency: "" }] },
        call: { method: "m", params: [], timeout: "5" },
        workload: { kind: "open", rate: "fast", duraton: "5s" },
        gates: [""],
        extra: 1,
      },
      "my.yaml",
    );
    expect(problems).toEqual([
      'my.yaml: name: expected a name in kebab-case, such as two-way-latency, got "X y"',
      "my.yaml: description: expected text, got nothing",
      "my.yaml: fleet.devices: expected a number, at least 1, got 0",
      'my.yaml: fleet.cohorts[0].latency: expected text that is not empty, got ""',
      'my.yaml: fleet.cohorts[0].wieght: expected "weight" (did you mean that?), got unknown key "wieght"',
      "my.yaml: call.params: expected an object, got []",
      'my.yaml: call.timeout: expected a duration with its unit, such as 250ms, 10s or 2m, more than zero, got "5"',
      'my.yaml: workload.rate: expected a number, got "fast"',
      "my.yaml: workload.duration: expected a duration with its unit, such as 250ms, 10s or 2m, got nothing",
      'my.yaml: workload.duraton: expected "duration" (did you mean that?), got unknown key "duraton"',
      'my.yaml: gates[0]: expected text that is not empty, got ""',
      'my.yaml: extra: expected one of name, description, dialect, issue, server, fleet, call, calls, targets, caller, workload, stall, gates, got unknown key "extra"',
    ]);
  });

  it.each([
    [{ ...minimal, workload: { ...minimal.workload, rate: 0 } }, "workload.rate"],
    [{ ...minimal, workload: { ...minimal.workload, rate: Number.NaN } }, "workload.rate"],
    [{ ...minimal, workload: { ...minimal.workload, duration: "0s" } }, "workload.duration"],
    [{ ...minimal, workload: { kind: "opne" } }, "workload.kind"],
    [{ ...minimal, fleet: { devices: 1.5 } }, "fleet.devices"],
    [{ ...minimal, fleet: { devices: 1, cohorts: [] } }, "fleet.cohorts"],
    [{ ...minimal, fleet: { devices: 1, qos: 2 } }, "fleet.qos"],
    [{ ...minimal, fleet: { devices: 1, clientCalls: {} } }, "fleet.clientCalls.rate"],
    [{ ...minimal, fleet: { devices: 1, clientCalls: { rate: 1, timeout: "1" } } }, "fleet.clientCalls.timeout"],
    [{ ...minimal, call: { method: "m", params: { nonce: "mine" } } }, "call.params"],
    [{ ...minimal, stall: { at: "1s" } }, "stall.for"],
    [{ ...minimal, dialect: "tb-v3" }, "dialect"],
    [undefined, "scenario"],
  ])("refuses %j", (value, where) => {
    expect(problemsIn(value).map((problem) => problem.split(":")[0])).toEqual([where]);
  });

  it("wants either a factor or an increment in a stepped workload, even beside other problems", () => {
    const steps = { kind: "steps", from: 1, stepDuration: "1s", maxSteps: 2, knee: { minOkShare: 0.9, maxP99: "1s" } };
    expect(problemsIn({ ...minimal, workload: { ...steps, factor: 2 } })).toEqual([]);
    for (const workload of [steps, { ...steps, factor: 2, increment: 1 }, { ...steps, from: -1 }]) {
      expect(problemsIn({ ...minimal, workload }).join("\n")).toContain("either factor or increment");
    }
  });

  it("wants one call or several kinds of them, a rate or a shape", () => {
    const { call, ...none } = minimal;
    expect(problemsIn(none)).toEqual([expect.stringContaining("either call or calls")]);
    expect(problemsIn({ ...minimal, calls: [call] })).toEqual([expect.stringContaining("either call or calls")]);
    const open = { kind: "open", duration: "1s" };
    const both = { ...open, rate: 1, shape: "ramp(from=1, to=2)" };
    for (const workload of [open, both]) {
      expect(problemsIn({ ...minimal, workload })).toEqual([expect.stringContaining("either rate or shape")]);
    }
    expect(problemsIn({ ...none, calls: [{ method: "a" }, { method: "b", weight: 0 }] })).toEqual([
      "calls[1].weight: expected a number, at least 1, got 0",
    ]);
    expect(problemsIn({ ...none, calls: [{ method: "a" }, { method: "a" }] })[0]).toContain("different names");
    expect(scenarioOf({ ...none, calls: [{ method: "a" }, { name: "x", method: "a" }] }).calls).toMatchObject([
      { name: "a", weight: 1 },
      { name: "x", method: "a" },
    ]);
  });

  it("refuses two cohorts of one name", () => {
    const cohort = { name: "a", latency: "constant(1ms)" };
    expect(problemsIn({ ...minimal, fleet: { devices: 2, cohorts: [cohort, cohort] } })[0]).toContain(
      "different names",
    );
  });
});

describe("catalogue", () => {
  it("has the default and checks out", async () => {
    const plain = [...CATALOGUE.values()].filter(({ issue }) => issue === undefined);
    expect(plain.map(({ name }) => name)).toEqual([
      DEFAULT_SCENARIO,
      "timeout-behaviour",
      "throughput",
      "mixed-load",
      "impatient-callers",
      "fifty-thousand",
    ]);
    const issues = [...CATALOGUE.values()].filter(({ issue }) => issue !== undefined);
    expect(issues.map(({ name }) => name).every((name) => name.startsWith("issue-"))).toBe(true);
    expect(issues.length).toBeGreaterThanOrEqual(20);
    const page = await readFile(new URL("known-issues/README.md", import.meta.url), "utf8");
    for (const { name, issue } of issues) {
      const row = page.split("\n").find((line) => line.includes(`\`${name}\``));
      for (const thread of issue?.threads ?? []) expect(row).toContain(thread);
    }
    for (const scenario of CATALOGUE.values()) expect(problemsIn(scenario)).toEqual([]);
  });
});

describe("scenario.schema.json", () => {
  it("is current (UPDATE_SCHEMA=1 npx vitest run scenarios writes it anew)", async () => {
    const file = new URL("scenario.schema.json", import.meta.url);
    if (process.env.UPDATE_SCHEMA === "1") await writeFile(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(scenarioJsonSchema());
  });

  it("describes the text an author writes, not the microseconds it becomes", () => {
    const { call } = scenarioJsonSchema().properties as { call: { properties: { timeout: object } } };
    expect(call.properties.timeout).toMatchObject({ type: "string", default: "10s" });
  });
});
