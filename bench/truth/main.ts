/**
 * `npm run truth`: is the ruler straight? The native caller against servers whose every response time can be calculated, and
 * against itself when something harms it. About three minutes; wants a machine that does nothing else.
 *
 *   --json    JSON instead of the table
 *   --only    the pathologies, the health checks or the clock checks alone: pathologies, health or clock
 *   --runs    how often each harm is done, and nothing (default 5)
 *
 * Exit code 0: everything holds; 1: something is off; 3: nothing is, but some could not be told because the machine was too busy.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { readHostFacts } from "../../cli/run/host-facts.ts";
import { stopAll, stopOnSignals } from "../children.ts";
import type { Check } from "./check.ts";
import { checkPhase, checkShortDelay } from "./clock-checks.ts";
import { checkHealth, HARMS } from "./harm-checks.ts";
import { checkPathology, PATHOLOGY_RUNS } from "./pathology-checks.ts";
import { Rig } from "./rig.ts";
import { type TruthReport, truthText } from "./text.ts";

const PARTS = ["pathologies", "health", "clock"] as const;
type Part = (typeof PARTS)[number];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function runSuite(parts: readonly Part[], runs: number): Promise<TruthReport> {
  const began = performance.now();
  const { cpu, cores, node } = readHostFacts(undefined);
  const load = (loadavg()[0] as number).toFixed(1);
  const rig = await Rig.start();
  const checks: Check[] = [];
  const add = (check: Check): void => {
    checks.push(check);
    say(`${check.verdict.padEnd(12)}${check.name}`);
  };
  // Comes first: it also compiles what every later run uses.
  const { floor, check } = await checkShortDelay(rig);
  if (parts.includes("clock")) add(check);
  if (parts.includes("pathologies")) for (const run of PATHOLOGY_RUNS) add(await checkPathology(rig, run));
  if (parts.includes("health") || parts.includes("clock")) {
    const { rows, ...clean } = await checkHealth(rig, { title: "generator left alone" }, runs);
    if (parts.includes("health")) add(clean);
    if (parts.includes("clock")) add(checkPhase(rows));
  }
  if (parts.includes("health")) {
    for (const harm of HARMS) {
      const { rows: _, ...harmed } = await checkHealth(rig, harm, runs);
      add(harmed);
    }
  }
  await rig.stop();
  const host = `${cpu}, ${cores} cores, Node ${node}, load ${load} at the start`;
  return { host, floor, seconds: (performance.now() - began) / 1_000, checks };
}

function exitCodeOf(checks: readonly Check[]): number {
  if (checks.some(({ verdict }) => verdict === "off")) return 1;
  return checks.some(({ verdict }) => verdict === "cannot tell") ? 3 : 0;
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string" },
    runs: { type: "string", default: "5" },
  },
});
const parts = values.only === undefined ? PARTS : PARTS.filter((part) => part === values.only);
const runs = Number(values.runs);
if (parts.length === 0 || !Number.isInteger(runs) || runs < 1) {
  if (parts.length === 0) say(`--only takes one of ${PARTS.join(", ")}, not ${values.only}`);
  if (!Number.isInteger(runs) || runs < 1) say(`--runs takes a whole number from 1, not ${values.runs}`);
  process.exitCode = 2;
} else {
  stopOnSignals();
  try {
    const report = await runSuite(parts, runs);
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : truthText(report));
    process.exitCode = exitCodeOf(report.checks);
  } finally {
    await stopAll();
  }
}
