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

const SCRIPT = fileURLToPath(new URL("./baseline/k6-calls.js", import.meta.url));
/** As cli/rpcfleet.mjs starts a run. */
const AS_A_RUN = ["--no-memory-reducer"];
/** The measured stretch ends this long before the last call, while the caller is surely still there. */
const TAIL_MS = 200;
/** An answer takes 20 ms; connections for three times the calls that are in flight, and a few. */
const IN_FLIGHT_SECONDS = 0.06;
const SPARE_CONNECTIONS = 8;
/** A caller that made fewer of its planned calls was not measured at its rate, and the table says so. */
const LEAST_SHARE = 0.95;

/** CPU-microseconds per call. */
interface CallCost {
  readonly whole: number;
  /** Of the second half alone, when code is compiled and pools are filled. */
  readonly warm: number;
  /** Of the planned calls, how many were made. */
  readonly share: number;
}

export async function measureCallers(
  k6: K6Program | K6Problem,
  size: BenchSize,
  say: (line: string) => void,
): Promise<Section> {
  const head = {
    repetitions: size.callerRepetitions,
    title: `Making calls (open loop, ${size.openSeconds} s a repetition, answers after 20 ms)`,
    ours: "native caller",
    theirs: "k6",
  };
  if (!("path" in k6))
    return { ...head, repetitions: 0, rows: [], notes: [`skipped: no k6, wanted ${k6.expected}; ${k6.got}`] };
  const target = startFile("./answering-server.ts", {});
  const { port } = await target.next<Answering<"ready">>("ready");
  const url = `http://127.0.0.1:${port}`;
  const rows: Row[] = [];
  const notes = ["counted from the first call that arrived: start-up, compiling scripts and making VUs are left out"];
  for (const rate of size.rates) {
    const plan = { url, rate, seconds: size.openSeconds, connections: connectionsFor(rate) };
    const ours: CallCost[] = [];
    const theirs: CallCost[] = [];
    for (let repetition = 1; repetition <= size.callerRepetitions; repetition++) {
      say(`making calls at ${rate}/s: repetition ${repetition} of ${size.callerRepetitions}`);
      ours.push(await costPerCall(target, plan, () => startFile("./caller-process.ts", plan, AS_A_RUN)));
      theirs.push(await costPerCall(target, plan, () => startK6(k6.path, plan)));
    }
    const row = (name: string, pick: (cost: CallCost) => number): Row => {
      return { name, unit: "caller CPU-us/call", better: "less", ours: ours.map(pick), theirs: theirs.map(pick) };
    };
    notes.push(...shortfalls(rate, "ours", ours), ...shortfalls(rate, "k6", theirs));
    rows.push({ ...row(`at ${rate}/s`, ({ whole }) => whole), goal: 2 });
    rows.push(row(`at ${rate}/s, second half only`, ({ warm }) => warm));
  }
  await target.stop();
  return { ...head, theirs: `${k6.version}, constant-arrival-rate script, no summary`, rows, notes };
}

/** A line for each repetition on a machine too busy for the rate. */
function shortfalls(rate: number, who: string, costs: readonly CallCost[]): string[] {
  return costs
    .filter(({ share }) => share < LEAST_SHARE)
    .map(
      ({ share }) => `at ${rate}/s ${who} made only ${Math.round(share * 100)}% of the planned calls in a repetition`,
    );
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

/** CPU-microseconds per call of one caller, from the first call that arrived at the target to just before the last. */
async function costPerCall(
  target: BenchChild,
  { rate, seconds }: CallerProcessOptions,
  start: () => BenchChild,
): Promise<CallCost> {
  target.send("reset");
  const first = target.next<Answering<"first">>("first");
  const caller = start();
  await first;
  const stretchMs = seconds * 1_000 - TAIL_MS;
  const planned = (rate * stretchMs) / 1_000;
  const from = cpuUs(caller.pid);
  await sleep(stretchMs / 2);
  const middle = cpuUs(caller.pid);
  const callsToMiddle = await countCalls(target);
  await sleep(stretchMs / 2);
  const to = cpuUs(caller.pid);
  const calls = await countCalls(target);
  await caller.exited;
  const share = calls / planned;
  return { whole: (to - from) / calls, warm: (to - middle) / (calls - callsToMiddle), share };
}

async function countCalls(target: BenchChild): Promise<number> {
  const counted = target.next<Answering<"count">>("count");
  target.send("count");
  return (await counted).count;
}
