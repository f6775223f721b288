/** Run directories for tests: real reports of synthetic runs, and the plan that belongs to them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FixtureOptions, fixtureRecord } from "../fixture.ts";
import { writeRun } from "../write-run.ts";

export interface RunFolderOptions extends Partial<FixtureOptions> {
  readonly seed: string;
  /** Minutes after the first run of a test. */
  readonly minute: number;
  /** In place of that of the plan. */
  readonly latency?: string;
}

/** Writes a run into `<parent>/<name>`; returns the folder. */
export async function writeRunFolder(parent: string, name: string, options: RunFolderOptions): Promise<string> {
  const { seed, minute, latency = "constant(50ms)", facts, ...changes } = options;
  const folder = join(parent, name);
  await mkdir(folder, { recursive: true });
  const startedAt = new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();
  const record = fixtureRecord({ ...changes, facts: { ...facts, seed, startedAt } });
  writeRun(folder, record);
  const scenario = {
    name: "two-way-latency",
    description: "In words",
    fleet: { devices: 50, cohorts: [{ name: "all", latency }] },
    workload: { kind: "open", rate: 100, duration: 10_000_000 },
    gates: ["p99(rtt) < 1s"],
  };
  const plan = { schema: "rpcfleet.plan/1", seed, timeoutUs: 5_000_000, scenario, flags: { engine: "native" } };
  await writeFile(join(folder, "plan.json"), JSON.stringify(plan));
  return folder;
}
