/** What a call costs the one who makes it: our native caller against k6 with a plain script, the same rate, the same target. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { K6Program } from "../simulator/caller/k6-locate.ts";
import type { K6Problem } from "../simulator/caller/k6-problem.ts";
import { k6Environment } from "../simulator/caller/k6-process.ts";
import type { AnsweringMessage } from "./answering-server.ts";
import type { CallerProcessOptions } from "./caller-process.ts";
import { type BenchChild, startFile, startProgram } from "./children.ts";
import { cpuUs } from "./cpu.ts";
import type { Row, Section } from "./figures.ts";
import type { BenchSize } from "./size.ts";

type Answering<K extends AnsweringMessage["kind"]> = Extract<AnsweringMessage, { kind: K }>;

const SCRIPT = fileURLToPath(new URL("./baseline/k6-calls.ts", import.meta.url));
/** The measured stretch ends this long before the last call, while the caller is surely still there. */
const TAIL_MS = 200;
/** An answer takes 20 ms; connections for three times the calls that are in flight, and a few. */
const IN_FLIGHT_SECONDS = 0.06;
const SPARE_CONNECTIONS = 8;

export async function measureCallers(
  k6: K6Program | K6Problem,
  size: BenchSize,
  say: (line: string) => void,
): Promise<Section> {
  const head = {
    title: `Making calls (open loop, ${size.openSeconds} s a repetition, answers after 20 ms)`,
    ours: "native caller",
    theirs: "k6",
  };
  if (!("path" in k6)) return { ...head, rows: [], notes: [`skipped: no k6, wanted ${k6.expected}; ${k6.got}`] };
  const target = startFile("./answering-server.ts", {});
  const { port } = await target.next<Answering<"ready">>("ready");
  const url = `http://127.0.0.1:${port}`;
  const rows: Row[] = [];
  for (const rate of size.rates) {
    const plan = { url, rate, seconds: size.openSeconds, connections: connectionsFor(rate) };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let repetition = 1; repetition <= size.repetitions; repetition++) {
      say(`making calls at ${rate}/s: repetition ${repetition} of ${size.repetitions}`);
      ours.push(await cpuPerCall(target, plan, () => startFile("./caller-process.ts", plan)));
      theirs.push(await cpuPerCall(target, plan, () => startK6(k6.path, plan)));
    }
    rows.push({ name: `at ${rate}/s`, unit: "caller CPU-us/call", better: "less", ours, theirs, goal: 2 });
  }
  await target.stop();
  const notes = ["counted from the first call that arrived: start-up, compiling scripts and making VUs are left out"];
  return { ...head, theirs: `${k6.version}, constant-arrival-rate script, no summary`, rows, notes };
}

function connectionsFor(rate: number): number {
  return Math.ceil(rate * IN_FLIGHT_SECONDS) + SPARE_CONNECTIONS;
}

function startK6(path: string, { url, rate, seconds, connections }: CallerProcessOptions): BenchChild {
  const args = ["run", "--quiet", "--no-usage-report", "--summary-mode=disabled", "--no-thresholds"];
  args.push("--address", "127.0.0.1:0", "-e", `TARGET=${url}/api/plugins/rpc/twoway/device`, "-e", `RATE=${rate}`);
  args.push("-e", `SECONDS=${seconds}`, "-e", `VUS=${connections}`, SCRIPT);
  return startProgram(path, args, k6Environment(process.env));
}

/** CPU-microseconds per call of one caller, from the first call that reached the target to just before the last. */
async function cpuPerCall(
  target: BenchChild,
  { rate, seconds }: CallerProcessOptions,
  start: () => BenchChild,
): Promise<number> {
  target.send("reset");
  const first = target.next<Answering<"first">>("first");
  const caller = start();
  await first;
  const cpuFrom = cpuUs(caller.pid);
  await sleep(seconds * 1_000 - TAIL_MS);
  const cpu = cpuUs(caller.pid) - cpuFrom;
  const counted = target.next<Answering<"count">>("count");
  target.send("count");
  const { count } = await counted;
  await caller.exited;
  const planned = rate * (seconds - TAIL_MS / 1_000);
  if (count < planned * 0.95) throw new Error(`the caller made ${count} of ${planned} calls: this machine is too busy`);
  return cpu / count;
}
