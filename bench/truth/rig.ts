/** A pathological server and a load generator, each a process of its own, and one run after the other between them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CallColumns } from "../../protocol/call-records.ts";
import { seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { joinCalls } from "../../reports/join-calls.ts";
import type { RunRecord } from "../../reports/run-record.ts";
import { planArrivals } from "../../scenarios/arrivals.ts";
import { type BenchChild, startFile } from "../children.ts";
import type { CallerCommand, CallerMessage } from "./caller-process.ts";
import type { Harm } from "./harm.ts";
import { type PathologyName, TIMEOUT } from "./pathology.ts";
import type { ServerCommand, ServerMessage } from "./server-process.ts";

type FromServer<K extends ServerMessage["kind"]> = Extract<ServerMessage, { kind: K }>;
type FromCaller<K extends CallerMessage["kind"]> = Extract<CallerMessage, { kind: K }>;

export interface TruthRun {
  readonly pathology: PathologyName;
  /** Calls per second, Poisson. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: string;
  readonly harm?: Harm;
}

export interface FinishedTruthRun {
  readonly record: RunRecord;
  /** The caller's own rows. */
  readonly calls: CallColumns;
}

/** Connections for every Call of so long: what a stall of a second holds in flight. */
const IN_FLIGHT_SECONDS = 1.2;

export function planOf({ rate, seconds, seed }: TruthRun): Float64Array {
  return planArrivals({ rate, duration: seconds * SECOND, arrivals: "poisson", seed: seedFrom(seed) });
}

export class Rig {
  readonly #server: BenchChild;
  readonly #caller: BenchChild;
  readonly #url: string;

  private constructor(server: BenchChild, caller: BenchChild, url: string) {
    this.#server = server;
    this.#caller = caller;
    this.#url = url;
  }

  static async start(): Promise<Rig> {
    const server = startFile("./truth/server-process.ts", {});
    const caller = startFile("./truth/caller-process.ts", {});
    const [{ port }] = await Promise.all([
      server.next<FromServer<"ready">>("ready"),
      caller.next<FromCaller<"up">>("up"),
    ]);
    return new Rig(server, caller, `http://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#caller.stop()]);
  }

  /** One run, as reports take it: the caller's rows, and what the server did as the ledger of one device. */
  async run(run: TruthRun): Promise<FinishedTruthRun> {
    const { harm } = run;
    const plan = planOf(run);
    const reset = this.#server.next<FromServer<"reset">>("reset");
    this.#tellServer({ kind: "model", name: run.pathology });
    await reset;
    const began = this.#caller.next<FromCaller<"origin">>("origin");
    const ended = this.#caller.next<FromCaller<"result">>("result");
    const command: CallerCommand = { url: this.#url, plan, connections: Math.ceil(run.rate * IN_FLIGHT_SECONDS), harm };
    this.#caller.send(command);
    const { origin } = await began;
    this.#tellServer({ kind: "origin", origin });
    if (harm?.kind === "quota") await this.#throttle(harm, run.seconds);
    const { calls, vitals } = await ended;
    const reported = this.#server.next<FromServer<"report">>("report");
    this.#tellServer({ kind: "report" });
    const { ledger, late } = await reported;
    const { facts, totals } = describe(run, late);
    return { calls, record: { facts, totals: { ...totals, vitals }, ...joinCalls({ calls, ledger }) } };
  }

  #tellServer(command: ServerCommand): void {
    this.#server.send(command);
  }

  /** Stops the caller's process for a part of each period, until the plan is through. */
  async #throttle({ everyMs, forMs }: Extract<Harm, { kind: "quota" }>, seconds: number): Promise<void> {
    for (let atMs = 0; atMs < seconds * 1_000; atMs += everyMs) {
      await sleep(everyMs - forMs);
      process.kill(this.#caller.pid, "SIGSTOP");
      try {
        await sleep(forMs);
      } finally {
        process.kill(this.#caller.pid, "SIGCONT");
      }
    }
  }
}

function describe(run: TruthRun, late: number): Pick<RunRecord, "facts" | "totals"> {
  const host = { cpu: "", cores: 0, memoryMiB: 0, platform: "", node: process.version, rpcfleet: "", k6: undefined };
  const fleet = { devices: 1, connected: 1, connectMs: 0, lostConnections: 0 };
  return {
    facts: {
      scenario: run.pathology,
      description: "",
      engine: "native",
      seed: run.seed,
      target: "",
      embedded: false,
      dialect: "tempus",
      host,
      startedAt: "",
      command: "",
      settings: [],
      workload: "open",
      arrivals: "poisson",
      steps: [{ rate: run.rate, start: 0, duration: run.seconds * SECOND }],
      knee: undefined,
      timeout: TIMEOUT,
      faults: [[]],
      replyMixers: [],
      gates: [],
      kinds: [],
    },
    totals: {
      fleet: { ...fleet, reconnects: 0, refusedConnections: 0, awayAtEnd: 0, faults: [] },
      strays: { late, duplicate: 0, unknown: 0 },
      clientCalls: undefined,
      events: [],
      interrupted: false,
    },
  };
}
