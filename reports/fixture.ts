/** A synthetic run for tests: seeded, so the same options always give the same record. */
import { createCallColumns, createLedgerColumns, createServerColumns } from "../protocol/call-records.ts";
import { OUTCOME_CODE, type Outcome } from "../protocol/outcome.ts";
import { type Duration, MILLISECOND, SECOND } from "../protocol/time.ts";
import { joinCalls, type RunColumns } from "./join-calls.ts";
import type { KneeRule, RunFacts, RunRecord, RunTotals } from "./run-record.ts";

export interface FixtureOptions {
  /** Calls per second, one entry per step. */
  readonly rates: readonly number[];
  readonly stepDuration: Duration;
  readonly deviceTime: Duration;
  /** Every n-th Call times out; 0: none does. */
  readonly timeoutEvery: number;
  /** Every n-th Call is dropped; 0: none is. */
  readonly dropEvery: number;
  /** Added to every actual send. */
  readonly sendLag: Duration;
  /** From this step on the server answers slowly: service time is multiplied by ten. */
  readonly slowFromStep: number;
  readonly gates: readonly string[];
  readonly knee: KneeRule | undefined;
  /** Whether there is an account of the server. */
  readonly server: boolean;
  readonly facts: Partial<RunFacts>;
  readonly totals: Partial<RunTotals>;
}

const DEFAULTS: FixtureOptions = {
  rates: [100],
  stepDuration: 10 * SECOND,
  deviceTime: 50 * MILLISECOND,
  timeoutEvery: 0,
  dropEvery: 0,
  sendLag: 60,
  slowFromStep: Number.POSITIVE_INFINITY,
  gates: [],
  knee: undefined,
  server: false,
  facts: {},
  totals: {},
};

const TIMEOUT = 5 * SECOND;
const DEVICES = 50;

/** What a run is before its columns are joined, so that a test can change them. */
export interface FixtureRun extends Omit<RunRecord, "calls" | "extra">, RunColumns {}

/** A run record with these options over the defaults: 1,000 Calls in 10 s to 50 devices, all answered after about 52 ms. */
export function fixtureRecord(changes: Partial<FixtureOptions> = {}): RunRecord {
  return recordOf(fixtureRun(changes));
}

/** The record of these columns. */
export function recordOf({ facts, totals, ...columns }: FixtureRun): RunRecord {
  const { calls, extra } = joinCalls(columns);
  return { facts, totals, calls, extra };
}

/** The columns of `fixtureRecord`, not yet joined. */
export function fixtureRun(changes: Partial<FixtureOptions> = {}): FixtureRun {
  const options = { ...DEFAULTS, ...changes };
  const planned = options.rates.reduce((sum, rate) => sum + Math.round((rate * options.stepDuration) / SECOND), 0);
  const calls = createCallColumns(planned);
  const ledger = createLedgerColumns(planned);
  const server = options.server ? createServerColumns(planned) : undefined;
  const record: FixtureRun = { facts: fixtureFacts(options), totals: fixtureTotals(options), calls, ledger, server };
  const random = seededRandom(7);
  for (const [step, rate] of options.rates.entries()) {
    const count = Math.round((rate * options.stepDuration) / SECOND);
    for (let i = 0; i < count; i += 1) {
      const intended = step * options.stepDuration + Math.floor(((i + random()) * SECOND) / rate);
      appendCall(record, options, { intended, step, random });
    }
  }
  return record;
}

interface Place {
  readonly intended: number;
  readonly step: number;
  readonly random: () => number;
}

function appendCall(
  { calls, ledger, server }: FixtureRun,
  options: FixtureOptions,
  { intended, step, random }: Place,
): void {
  const call = calls.length;
  calls.length += 1;
  calls.intendedUs[call] = intended;
  calls.device[call] = call % DEVICES;
  calls.step[call] = step;
  const isEvery = (n: number): boolean => n > 0 && call % n === n - 1;
  if (isEvery(options.dropEvery)) return;

  const sent = intended + options.sendLag + Math.floor(random() * 80);
  const received = sent + 400 + Math.floor(random() * 300);
  const slowness = step >= options.slowFromStep ? 10 : 1;
  // Mostly quick, with a long tail, as queues are.
  const network = Math.floor((900 + 600 / (1.002 - random())) * slowness);
  const isLost = isEvery(options.timeoutEvery);
  const replied = received + options.deviceTime + 120;
  const outcome: Outcome = isLost ? "timeout" : call % 97 === 96 ? "device_error" : "ok";
  calls.sentUs[call] = sent;
  calls.settledUs[call] = isLost ? intended + TIMEOUT + 900 : replied + network;
  calls.outcome[call] = OUTCOME_CODE[outcome];
  calls.status[call] = isLost ? 504 : 200;

  const row = ledger.length;
  ledger.length += 1;
  ledger.call[row] = call;
  ledger.device[row] = call % DEVICES;
  ledger.receivedUs[row] = received;
  ledger.programmedUs[row] = isLost ? Number.NaN : options.deviceTime;
  ledger.repliedUs[row] = isLost ? Number.NaN : replied;
  ledger.faults[row] = isLost ? 1 : 0;

  if (server === undefined) return;
  const admitted = server.length;
  server.length += 1;
  server.call[admitted] = call;
  server.acceptUs[admitted] = sent + 200;
  server.dispatchUs[admitted] = sent + 260;
  server.settleUs[admitted] = isLost ? intended + TIMEOUT + 200 : replied + Math.floor(network / 3);
}

function fixtureFacts(options: FixtureOptions): RunFacts {
  return {
    scenario: "two-way-latency",
    description: "Round trip of two-way calls through a healthy fleet.",
    engine: "native",
    seed: "42",
    target: "http://127.0.0.1:8080",
    embedded: true,
    dialect: "tb-v2",
    host: {
      cpu: "Test CPU",
      cores: 2,
      memoryMiB: 4096,
      platform: "linux x64",
      node: "v20.20.2",
      rpcfleet: "0.1.0",
      k6: undefined,
    },
    startedAt: "2026-01-02T03:04:05.000Z",
    command: "rpcfleet run two-way-latency --seed 42",
    settings: [
      ["devices", String(DEVICES)],
      ["latency", "constant(50ms)"],
    ],
    workload: "open",
    arrivals: "poisson",
    steps: options.rates.map((rate, step) => ({
      rate,
      start: step * options.stepDuration,
      duration: options.stepDuration,
    })),
    knee: options.knee,
    timeout: TIMEOUT,
    faults: [["lost-reply"]],
    replyMixers: [],
    gates: options.gates,
    kinds: [],
    ...options.facts,
  };
}

function fixtureTotals(options: FixtureOptions): RunTotals {
  return {
    fleet: {
      devices: DEVICES,
      connected: DEVICES,
      connectMs: 412,
      lostConnections: 0,
      reconnects: 0,
      refusedConnections: 0,
      awayAtEnd: 0,
      faults: [{ name: "lost-reply", matched: 1_000, fired: 0 }],
    },
    strays: { late: 0, duplicate: 0, unknown: 0 },
    clientCalls: undefined,
    events: [],
    interrupted: false,
    ...options.totals,
  };
}

/** Numbers in [0, 1) that are the same in every test run (a 32-bit linear congruential generator). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
