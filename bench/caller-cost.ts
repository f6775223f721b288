/** What a call costs the one who makes it, and how punctually it is made: our native caller against k6 and autocannon. */
import { createRequire } from "node:module";
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
import type { Lateness } from "./lateness.ts";
import type { BenchSize } from "./size.ts";

type Answering<K extends AnsweringMessage["kind"]> = Extract<AnsweringMessage, { kind: K }>;

const AUTOCANNON = createRequire(import.meta.url).resolve("autocannon");
const BODY = '{"method":"echo","timeout":5000,"params":{"nonce":"x"}}';
/** Times less CPU than k6 by rate; where none is set, 2. */
const GOALS = new Map([[2_000, 1 / 0.35]]);
const SCRIPT = fileURLToPath(new URL("./baseline/k6-calls.js", import.meta.url));
/** As cli/rpcfleet.mjs starts a run. */
const AS_A_RUN = ["--no-memory-reducer", "--no-parallel-scavenge"];
/** The measured stretch ends this long before the last call, while the caller is surely still there. */
const TAIL_MS = 200;
/** An answer takes 20 ms; connections for three times the calls that are in flight, and a few. */
const IN_FLIGHT_SECONDS = 0.06;
const SPARE_CONNECTIONS = 8;
/** A caller that made fewer of its planned calls was not measured at its rate, and the table says so. */
const LEAST_SHARE = 0.95;

/** CPU-microseconds per call, and how late the calls were. */
interface CallCost {
  readonly whole: number;
  /** Of the second half alone, when code is compiled and pools are filled. */
  readonly warm: number;
  readonly lateness: Lateness;
  /** Of the planned calls, how many were made. */
  readonly share: number;
}

export async function measureCallers(
  k6: K6Program | K6Problem,
  size: BenchSize,
  say: (line: string) => void,
): Promise<Section[]> {
  const head = {
    repetitions: size.callerRepetitions,
    title: `Making calls (open loop, ${size.openSeconds} s a repetition, answers after 20 ms)`,
    ours: "native caller",
    theirs: "k6",
  };
  if (!("path" in k6))
    return [{ ...head, repetitions: 0, rows: [], notes: [`skipped: no k6, wanted ${k6.expected}; ${k6.got}`] }];
  const target = startFile("./answering-server.ts", {});
  const { port } = await target.next<Answering<"ready">>("ready");
  const url = `http://127.0.0.1:${port}`;
  const rows: Row[] = [];
  const otherRows: Row[] = [];
  const notes = ["counted from the first call that arrived: start-up, compiling scripts and making VUs are left out"];
  for (const rate of size.rates) {
    const plan = { url, rate, seconds: size.openSeconds, connections: connectionsFor(rate) };
    const ours: CallCost[] = [];
    const theirs: CallCost[] = [];
    const others: CallCost[] = [];
    for (let repetition = 1; repetition <= size.callerRepetitions; repetition++) {
      say(`making calls at ${rate}/s: repetition ${repetition} of ${size.callerRepetitions}`);
      ours.push(await costPerCall(target, plan, () => startFile("./caller-process.ts", plan, AS_A_RUN)));
      theirs.push(await costPerCall(target, plan, () => startK6(k6.path, plan)));
      others.push(
        await costPerCall(target, plan, () => startProgram(process.execPath, autocannonArguments(plan), process.env)),
      );
    }
    notes.push(...shortfalls(rate, "ours", ours), ...shortfalls(rate, "k6", theirs));
    const [whole, ...rest] = rowsAt(rate, ours, theirs);
    rows.push({ ...whole, goal: GOALS.get(rate) ?? 2 }, ...rest);
    otherRows.push(...rowsAt(rate, ours, others));
  }
  await target.stop();
  const lateness = "late: seen by the target, against an even schedule of that rate";
  return [
    {
      ...head,
      theirs: `${k6.version}, constant-arrival-rate script, no summary`,
      rows,
      notes: [...notes, lateness],
    },
    { ...head, theirs: "autocannon 8, --overallRate", rows: otherRows, notes: [lateness] },
  ];
}

function rowsAt(rate: number, ours: readonly CallCost[], theirs: readonly CallCost[]): [Row, ...Row[]] {
  const row = (name: string, unit: string, pick: (cost: CallCost) => number): Row => {
    return { name: `at ${rate}/s${name}`, unit, better: "less", ours: ours.map(pick), theirs: theirs.map(pick) };
  };
  return [
    row("", "caller CPU-us/call", ({ whole }) => whole),
    row(", second half only", "caller CPU-us/call", ({ warm }) => warm),
    row(", late p50", "us", ({ lateness }) => lateness.p50),
    row(", late p99", "us", ({ lateness }) => lateness.p99),
  ];
}

function autocannonArguments({ url, rate, seconds, connections }: CallerProcessOptions): string[] {
  const shape = ["--connections", `${connections}`, "--overallRate", `${rate}`, "--duration", `${seconds}`];
  const request = ["--method", "POST", "--headers", "content-type=application/json", "--body", BODY];
  return [AUTOCANNON, "--no-progress", ...shape, ...request, `${url}/api/plugins/rpc/twoway/device`];
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
  const lateness = await askLateness(target, rate);
  return { lateness, whole: (to - from) / calls, warm: (to - middle) / (calls - callsToMiddle), share };
}

async function askLateness(target: BenchChild, latenessAt: number): Promise<Lateness> {
  const said = target.next<Answering<"lateness">>("lateness");
  target.send({ latenessAt });
  const { p50, p99 } = await said;
  return { p50, p99 };
}

async function countCalls(target: BenchChild): Promise<number> {
  const counted = target.next<Answering<"count">>("count");
  target.send("count");
  return (await counted).count;
}
