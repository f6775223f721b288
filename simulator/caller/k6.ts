/**
 * k6 as the caller of one batch of calls:
 *
 *   prepare    plan and starts in a private folder, `k6 inspect`, k6 started and paused, all VUs made    -> `ready`
 *   start      the pause ends; k6 says its clock; the origin of the batch is known                      -> `start()`
 *   run        k6 writes a line per call, read here a few times a second
 *   end        k6 exits by itself, or after one SIGINT; what has no line is reckoned                    -> `result`
 *
 * The private folder holds a JWT, so it goes away whatever happens.
 */
import { closeSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { CallColumns } from "../../protocol/call-records.ts";
import { type Instant, MILLISECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { Deferred } from "../deferred.ts";
import type { CallProgress, RunningCaller } from "./call-batch.ts";
import { K6Lines } from "./k6-lines.ts";
import { readK6Version } from "./k6-locate.ts";
import { buildPlan, type K6Batch, type K6Plan, plannedVus, startLines } from "./k6-plan.ts";
import {
  freePort,
  initializedVus,
  inspectScript,
  type K6Child,
  type K6Exit,
  lastLines,
  launchK6,
  resumeK6,
} from "./k6-process.ts";

export interface K6RunOptions extends K6Batch {
  readonly k6Path: string;
  /** Existing folder that receives `k6.log`. */
  readonly folder: string;
  /** Hears a few times a second how the batch goes. */
  readonly onProgress: (progress: CallProgress) => void;
}

export interface K6Result {
  /** One row per planned call; instants in microseconds from the batch's origin. */
  readonly columns: CallColumns;
  /** First line of `k6 version`. */
  readonly k6Version: string;
  /** k6's exit code: 0, 99 when a threshold was crossed (k6.log says which), or 105 after stop(). */
  readonly exitCode: number;
  /** Why the batch failed; absent when k6 ended as it should. */
  readonly reason?: string;
}

/**
 * One batch on k6. `ready`: k6 has made all its VUs and waits; rejects when it cannot. `start` ends the wait; the origin it
 * resolves to is the batch's intended start 0. `stop` ends the run early, once: k6 gives up what is in flight; `ready` and
 * `start` then still resolve, and `result` accounts for every call.
 */
export interface K6Run extends RunningCaller {
  /** Never rejects: failure is a `reason`. */
  readonly result: Promise<K6Result>;
}

const SCRIPT = fileURLToPath(new URL("../../scenarios/k6/main.ts", import.meta.url));
const INSPECT_TIME_BOX_MS = 20_000;
const POLL_MS = 200;
const READY_POLL_MS = 50;
const EXIT = { done: 0, thresholds: 99, interrupted: 105, portTaken: 106 } as const;
/** k6 leaves within a second of SIGINT; one that does not is killed. */
const STOP_PATIENCE_MS = 10_000;

/** Prepares k6 for one batch at once; see K6Run for what happens when. */
export function runK6(options: K6RunOptions): K6Run {
  const batch = new K6Caller(options);
  return {
    ready: batch.ready,
    start: () => batch.start(),
    stop: () => batch.stop(),
    result: batch.result,
  };
}

class K6Caller {
  readonly ready: Promise<void>;
  readonly result: Promise<K6Result>;
  readonly #options: K6RunOptions;
  readonly #origin = new Deferred<Instant>();
  readonly #readiness = new Deferred<void>();
  readonly #lines: K6Lines;
  readonly #plan: K6Plan;
  #privateFolder = "";
  #port = 0;
  #child: K6Child | undefined;
  #resumedAt: Instant | undefined;
  #originAt: Instant | undefined;
  #stoppedAt: Instant | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #console: number | undefined;

  constructor(options: K6RunOptions) {
    this.#options = options;
    this.#plan = buildPlan(options, "");
    this.#lines = new K6Lines({
      batch: options,
      leadUs: this.#plan.leadUs,
      onOrigin: (wallMs, runUs) => this.#setOrigin(monotonicAt(wallMs) - runUs + this.#plan.leadUs),
    });
    this.ready = this.#readiness.promise;
    this.result = this.#run();
  }

  async start(): Promise<Instant> {
    await this.ready;
    const child = this.#child?.process;
    if (child !== undefined && this.#resumedAt === undefined && this.#stoppedAt === undefined) {
      this.#resumedAt = monotonicNow();
      // A k6 that cannot be started is a failed batch, and `result` says so.
      await resumeK6(this.#port).catch(() => child.kill("SIGKILL"));
    }
    return this.#origin.promise;
  }

  stop(): void {
    if (this.#stoppedAt !== undefined) return;
    this.#stoppedAt = monotonicNow();
    this.#interrupt();
  }

  #interrupt(): void {
    const child = this.#child?.process;
    if (child === undefined) return;
    child.kill("SIGINT");
    this.#killTimer = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS).unref();
  }

  #setOrigin(origin: Instant): void {
    this.#originAt ??= origin;
    this.#origin.resolve(this.#originAt);
  }

  async #run(): Promise<K6Result> {
    const onExit = () => this.#cleanUp();
    process.once("exit", onExit);
    let k6Version = "";
    let exit: K6Exit = { code: EXIT.done, stderr: "" };
    let reason: string | undefined;
    try {
      k6Version = await readK6Version(this.#options.k6Path);
      if (plannedVus(this.#options) > 0) exit = await this.#runBatch();
      reason = this.#failureOf(exit);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      exit = { code: 4, stderr: "" };
    }
    this.#cleanUp();
    process.removeListener("exit", onExit);
    const columns = this.#lines.finish(this.#endedAt(reason));
    this.#settlePromises(reason);
    return { columns, k6Version, exitCode: exit.code, ...(reason === undefined ? {} : { reason }) };
  }

  /** Nobody may wait for ever: after a failure both reject, after a stop both resolve. */
  #settlePromises(reason: string | undefined): void {
    if (reason !== undefined) {
      this.#readiness.reject(new Error(reason));
      this.#origin.reject(new Error(reason));
    }
    this.#readiness.resolve();
    this.#setOrigin((this.#resumedAt ?? monotonicNow()) + this.#plan.leadUs);
  }

  async #runBatch(): Promise<K6Exit> {
    const files = await this.#writeFiles();
    const unfit = await inspectScript({ ...files, timeBoxMs: INSPECT_TIME_BOX_MS });
    if (unfit !== undefined) throw new Error(unfit);
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort();
      if (this.#stoppedAt !== undefined) return { code: EXIT.interrupted, stderr: "" };
      this.#child = launchK6({ ...files, port: this.#port });
      const exited = await this.#exitOrReady(this.#child);
      // Between finding a free port and using it, another process may have been quicker.
      if (exited?.code === EXIT.portTaken && attempt === 1) continue;
      if (exited !== undefined) return exited;
      this.#readiness.resolve();
      return this.#follow(files.consoleFile, this.#child);
    }
  }

  async #writeFiles() {
    const folder = await mkdtemp(join(tmpdir(), "rpcfleet-k6-"));
    this.#privateFolder = folder;
    const startsFile = join(folder, "starts.txt");
    const planFile = join(folder, "plan.json");
    const configFile = join(folder, "config.json");
    const mode = { mode: 0o600 };
    await writeFile(startsFile, startLines(this.#options), mode);
    await writeFile(planFile, JSON.stringify({ ...this.#plan, startsFile }), mode);
    await writeFile(configFile, "{}", mode);
    const { k6Path } = this.#options;
    const logFile = join(this.#options.folder, "k6.log");
    return { k6Path, script: SCRIPT, planFile, configFile, consoleFile: join(folder, "console.log"), logFile };
  }

  /** How k6 ended, or undefined as soon as it has made all its VUs. */
  async #exitOrReady(child: K6Child): Promise<K6Exit | undefined> {
    let exit: K6Exit | undefined;
    const exited = child.exited.then((how) => {
      exit = how;
    });
    const wanted = plannedVus(this.#options);
    while (exit === undefined && ((await initializedVus(this.#port)) ?? 0) < wanted) {
      await Promise.race([exited, sleep(READY_POLL_MS)]);
    }
    return exit;
  }

  async #follow(consoleFile: string, child: K6Child): Promise<K6Exit> {
    const timer = setInterval(() => this.#readLines(consoleFile), POLL_MS);
    const exit = await child.exited;
    clearInterval(timer);
    this.#readLines(consoleFile);
    return exit;
  }

  #readLines(consoleFile: string): void {
    const buffer = Buffer.allocUnsafe(256 * 1024);
    try {
      this.#console ??= openSync(consoleFile, "r");
    } catch {
      return; // k6 has not created it yet.
    }
    for (;;) {
      const read = readSync(this.#console, buffer);
      if (read === 0) break;
      this.#lines.feed(buffer.toString("latin1", 0, read));
    }
    this.#options.onProgress(this.#lines.progress(this.#originAt === undefined ? 0 : monotonicNow() - this.#originAt));
  }

  #failureOf(exit: K6Exit): string | undefined {
    // A crossed threshold is k6's verdict on the figures, not a failure of the batch.
    if (exit.code === EXIT.done || exit.code === EXIT.thresholds) return undefined;
    if (this.#stoppedAt !== undefined && exit.code === EXIT.interrupted) return undefined;
    const log = join(this.#options.folder, "k6.log");
    return `k6 ended with exit code ${exit.code}\n${lastLines(`${readOrNothing(log)}\n${exit.stderr}`)}`.trim();
  }

  /** When the batch was cut short, from its origin; undefined when it was not. Without an origin no call was due. */
  #endedAt(reason: string | undefined): Instant | undefined {
    const cutAt = this.#stoppedAt ?? (reason === undefined ? undefined : monotonicNow());
    if (cutAt === undefined) return undefined;
    return this.#originAt === undefined ? Number.NEGATIVE_INFINITY : cutAt - this.#originAt;
  }

  /** Synchronous, because it must also work while the process is leaving. */
  #cleanUp(): void {
    clearTimeout(this.#killTimer);
    // Does nothing when k6 has left already.
    this.#child?.process.kill("SIGKILL");
    if (this.#console !== undefined) closeSync(this.#console);
    this.#console = undefined;
    if (this.#privateFolder !== "") rmSync(this.#privateFolder, { recursive: true, force: true });
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Monotonic instant of a wall-clock time near now. Waits, at most a millisecond, for the wall clock to tick, which makes a
 * millisecond clock good to a few microseconds.
 */
function monotonicAt(wallMs: number): Instant {
  const before = Date.now();
  let tick = before;
  while (tick === before) tick = Date.now();
  return monotonicNow() - (tick - wallMs) * MILLISECOND;
}
