/**
 * `npm run bench`: this project against what one would use instead, side by side in one run on one machine.
 *
 *   --quick   shorter stretches and fewer repetitions
 *   --json    JSON instead of the table
 *   --only    one part of it: two-way, journal, stalled, callers, devices or report
 *
 * Reports, never fails: a missed goal is printed as missed and the exit code is 0.
 */
import { loadavg } from "node:os";
import { env } from "node:process";
import { parseArgs } from "node:util";
import { readHostFacts } from "../cli/run/host-facts.ts";
import { k6CacheFolder, locateK6 } from "../simulator/caller/k6-locate.ts";
import { measureCallers } from "./caller-cost.ts";
import { startOurServer, stopAll, stopOnSignals } from "./children.ts";
import { hasProc } from "./cpu.ts";
import { measureDevices } from "./device-cost.ts";
import type { Section } from "./figures.ts";
import { measureJournal } from "./journal-cost.ts";
import { openOurs } from "./our-side.ts";
import { measureReport } from "./report-cost.ts";
import { FULL, QUICK } from "./size.ts";
import { measureStalled } from "./stalled-device.ts";
import { type BenchReport, reportJson, reportText } from "./table.ts";
import { measureTwoWay } from "./two-way.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const PARTS = ["two-way", "journal", "stalled", "callers", "devices", "report"] as const;
type Part = (typeof PARTS)[number];

async function runBench(quick: boolean, parts: readonly Part[]): Promise<BenchReport> {
  const size = quick ? QUICK : FULL;
  const k6 = await locateK6({ flag: undefined, env: env.K6_BIN, path: env.PATH, cache: k6CacheFolder(env) });
  const facts = readHostFacts("path" in k6 ? k6.version : undefined);
  const load = loadavg()[0] as number;
  const memory = `${Math.round(facts.memoryMiB / 1_024)} GiB`;
  const host = `${facts.cpu}, ${facts.cores} cores, ${memory}, ${facts.platform}, Node ${facts.node}, load ${load.toFixed(1)} at the start`;
  const needsOurs = parts.includes("two-way") || parts.includes("stalled");
  const ours = needsOurs ? await openOurs(startOurServer(), Math.max(size.devices * 2, size.stalledAmong)) : undefined;
  const sections: Section[] = [];
  for (const part of parts) {
    if (part === "two-way" && ours !== undefined) sections.push(await measureTwoWay(ours, size, say));
    else if (part === "journal") sections.push(await measureJournal(size, say));
    else if (part === "stalled" && ours !== undefined) sections.push(await measureStalled(ours, size, say));
    else if (part === "callers") sections.push(...(await measureCallers(k6, size, say)));
    else if (part === "report") sections.push(await measureReport(size, say));
    else sections.push(...(await measureDevices(size, say)));
  }
  return { host, sections };
}

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const parts = values.only === undefined ? PARTS : PARTS.filter((part) => part === values.only);
if (parts.length === 0) {
  say(`--only takes one of ${PARTS.join(", ")}, not ${values.only}`);
  process.exitCode = 2;
} else if (hasProc) {
  stopOnSignals();
  try {
    const report = await runBench(values.quick, parts);
    process.stdout.write(values.json ? reportJson(report) : reportText(report));
  } finally {
    await stopAll();
  }
} else {
  say("The bench reads CPU times from /proc, so it needs Linux.");
}
