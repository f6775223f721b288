import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadScenario } from "./load-scenario.ts";
import { formatProblem } from "./problem.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rpcfleet-scenario-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(name: string, text?: string): Promise<string> {
  const path = join(folder, name);
  if (text !== undefined) await writeFile(path, text);
  const loaded = await loadScenario(path);
  if ("problems" in loaded) return loaded.problems.map(formatProblem).join("\n").replaceAll(`${folder}/`, "");
  return `${loaded.scenario.name} ${loaded.scenario.calls[0]?.timeout} ${loaded.given.call?.timeout}`;
}

const YAML = `
name: mine
description: From a file.
fleet: { devices: 3 }
call: { method: getValue, timeout: 7s }
workload: { kind: closed, callers: 2, duration: 1s }
`;
const MODULE = `export const scenario = { name: "mine", description: "d", fleet: { devices: 3 },
  call: { method: "getValue", timeout: "7s" }, workload: { kind: "closed", callers: 2, duration: "1s" } };`;

describe("loadScenario", () => {
  it("knows the built-in ones", async () => {
    expect(await loadScenario("throughput")).toMatchObject({ scenario: { name: "throughput" } });
  });

  it("names the nearest and all of them for an unknown name", async () => {
    const loaded = await loadScenario("two-way-latancy");
    expect("problems" in loaded && loaded.problems.map(formatProblem)).toEqual([
      "scenario: expected one of two-way-latency, timeout-behaviour, throughput, mixed-load, impatient-callers, fifty-thousand, a known issue (rpcfleet scenarios lists them), or a file ending in .yaml, .yml, .json, .ts, " +
        'got "two-way-latancy"; did you mean two-way-latency?',
    ]);
  });

  it("reads YAML, JSON and TypeScript", async () => {
    const json = `{"name":"mine","description":"d","fleet":{"devices":3},"call":{"method":"m","timeout":"7s"},
      "workload":{"kind":"closed","callers":2,"duration":"1s"}}`;
    expect(await load("a.yaml", YAML)).toBe("mine 7000000 7s");
    expect(await load("a.json", json)).toBe("mine 7000000 7s");
    expect(await load("a.ts", MODULE)).toBe("mine 7000000 7s");
  });

  it("says which line is bad syntax, which file is missing and which key is wrong", async () => {
    expect(await load("bad.yaml", "name: x\nfleet: { devices: 3\ncall: 1\n")).toMatch(
      /^bad\.yaml:\d: expected valid YAML/,
    );
    expect(await load("bad.json", '{"name": "x",\n "fleet": }}\n')).toMatch(/^bad\.json:2: expected valid JSON/);
    expect(await load("missing.yaml")).toBe("missing.yaml: expected a readable file, got no such file");
    expect(await load("key.yaml", YAML.replace("callers", "caller"))).toContain(
      'key.yaml: workload.caller: expected "callers"',
    );
  });

  it("explains a module that does not load or does not export a scenario", async () => {
    expect(await load("none.ts", "export const scenarios = 1;")).toContain("got exports: scenarios");
    expect(await load("broken.ts", 'throw new Error("boom");')).toContain("got boom");
  });
});
