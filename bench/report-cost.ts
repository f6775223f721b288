/** What it costs to make the reports of a long run again: `rpcfleet report` on a journal of synthetic calls. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLedgerColumns } from "../protocol/call-records.ts";
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import { SECOND } from "../protocol/time.ts";
import { BATCH_ROWS, type CallSource, createJoinedCalls, type JoinedCalls } from "../reports/joined-calls.ts";
import { writeJournal } from "../reports/journal.ts";
import { encodeRunFile } from "../reports/run-file.ts";
import type { RunFacts } from "../reports/run-record.ts";
import { journalPaths, RUN_FILES } from "../reports/write-run.ts";
import { startProgram } from "./children.ts";
import type { Section } from "./figures.ts";
import type { BenchSize } from "./size.ts";

const CLI = fileURLToPath(new URL("../cli/rpcfleet.mjs", import.meta.url));
const RATE = 2_000;
const DEVICES = 10_000;
const TIMEOUT = 10 * SECOND;
const TIMEOUT_EVERY = 1_000;
const LOOK_MS = 50;
/** What ten million calls may take. */
const MOST_SECONDS = 15;
const MOST_MIB = 1_024;
const MOST_BYTES_PER_CALL = 64;
const FULL_CALLS = 10_000_000;

export async function measureReport(size: BenchSize, say: (line: string) => void): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "rpcfleet-bench-report-"));
  try {
    say(`report: writing a journal of ${size.reportedCalls.toLocaleString("en")} calls`);
    writeRunOf(folder, size.reportedCalls);
    say("report: making its reports");
    const { seconds, peakMiB } = await timeReport(folder);
    const bytes = statSync(join(folder, RUN_FILES.journal)).size / size.reportedCalls;
    const row = (name: string, unit: string, ours: number, most: number) =>
      ({ name, unit, better: "less", ours: [ours], theirs: [most], goal: 1 }) as const;
    return {
      repetitions: 1,
      title: `Reports of a run of ${size.reportedCalls.toLocaleString("en")} calls`,
      ours: "rpcfleet report",
      theirs: "the most it may take",
      rows: [
        row("time", "s", seconds, (MOST_SECONDS * size.reportedCalls) / FULL_CALLS),
        row("peak memory", "MiB", peakMiB, MOST_MIB),
        row("journal", "bytes/call", bytes, MOST_BYTES_PER_CALL),
      ],
      notes: [],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timeReport(folder: string): Promise<{ seconds: number; peakMiB: number }> {
  const began = performance.now();
  const child = startProgram(execPath, [CLI, "report", folder], process.env);
  let hasEnded = false;
  const ended = child.exited.then(() => {
    hasEnded = true;
  });
  let peakMiB = 0;
  while (!hasEnded) {
    peakMiB = Math.max(peakMiB, peakOf(child.pid));
    await Promise.race([ended, sleep(LOOK_MS)]);
  }
  const seconds = (performance.now() - began) / 1_000;
  statSync(join(folder, RUN_FILES.summary));
  return { seconds, peakMiB };
}

/** The most memory a process has had so far; 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

export function writeRunOf(folder: string, calls: number): void {
  const facts: RunFacts = {
    scenario: "synthetic",
    description: "Calls made up for a benchmark.",
    engine: "native",
    seed: "1",
    target: "http://127.0.0.1:8080",
    embedded: true,
    dialect: "tb-v2",
    host: { cpu: "none", cores: 1, memoryMiB: 1, platform: "none", node: "none", rpcfleet: "none", k6: undefined },
    startedAt: new Date(0).toISOString(),
    command: "rpcfleet run",
    settings: [],
    workload: "open",
    arrivals: "poisson",
    steps: [{ rate: RATE, start: 0, duration: (calls * SECOND) / RATE }],
    knee: undefined,
    timeout: TIMEOUT,
    faults: [["lost-reply"]],
    replyMixers: [],
    gates: ["p99(rtt) < 1s"],
    kinds: [],
  };
  const fleet = {
    devices: DEVICES,
    connected: DEVICES,
    connectMs: 1,
    lostConnections: 0,
    reconnects: 0,
    refusedConnections: 0,
    awayAtEnd: 0,
    faults: [],
  };
  const strays = { late: 0, duplicate: 0, unknown: 0 };
  const totals = { fleet, strays, clientCalls: undefined, events: [], interrupted: false };
  writeFileSync(join(folder, RUN_FILES.run), encodeRunFile({ facts, totals }));
  writeJournal({ calls: new SyntheticCalls(calls), extra: createLedgerColumns(0) }, journalPaths(folder));
}

/** Calls that are made up when they are asked for, the same each time. */
class SyntheticCalls implements CallSource {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  *batches(): Generator<JoinedCalls> {
    const random = seededRandom(7);
    for (let first = 0; first < this.length; first += BATCH_ROWS) {
      const batch = createJoinedCalls(first, Math.min(BATCH_ROWS, this.length - first));
      for (let row = 0; row < batch.length; row++) invent(batch, row, random);
      yield batch;
    }
  }
}

/** Log-normal device times of 45 ms in the median, and a server that now and then takes its time. */
function invent(batch: JoinedCalls, row: number, random: () => number): void {
  const call = batch.first + row;
  const intended = Math.floor(((call + random()) * SECOND) / RATE);
  const sent = intended + 30 + Math.floor(200 * random() ** 4);
  const accept = sent + 150 + Math.floor(400 * random());
  const dispatch = accept + 20 + Math.floor(30 / (0.001 + random()));
  const received = dispatch + 200 + Math.floor(300 * random());
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const programmed = Math.floor(45_000 * Math.exp(0.4 * normal));
  const isLost = call % TIMEOUT_EVERY === 0;
  const replied = isLost ? Number.NaN : received + programmed + 100;
  const settle = isLost ? accept + TIMEOUT : replied + 200 + Math.floor(300 * random());
  batch.intendedUs[row] = intended;
  batch.sentUs[row] = sent;
  batch.serverAcceptUs[row] = accept;
  batch.serverDispatchUs[row] = dispatch;
  batch.deviceReceivedUs[row] = received;
  batch.deviceProgrammedUs[row] = isLost ? Number.NaN : programmed;
  batch.deviceRepliedUs[row] = replied;
  batch.serverSettleUs[row] = settle;
  batch.settledUs[row] = settle + 150 + Math.floor(200 * random());
  batch.outcome[row] = isLost ? OUTCOME_CODE.timeout : OUTCOME_CODE.ok;
  batch.status[row] = isLost ? 504 : 200;
  batch.device[row] = Math.floor(DEVICES * random());
  batch.faults[row] = isLost ? 1 : 0;
}

/** Numbers in [0, 1), the same for the same seed (a 32-bit linear congruential generator). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
