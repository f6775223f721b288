/** Watches the machine from the main thread, once a second: stolen and throttled CPU time, and what this process uses. */
import type { Duration, Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { parseCpuTicks, parseThrottled, readKernelFile, throttleFiles } from "./cpu-accounts.ts";
import { SAMPLE_MS } from "./thread-watch.ts";

export interface MachineSample {
  /** When it ended. */
  readonly at: Instant;
  readonly duration: Duration;
  /** Share of all CPU time; undefined where it cannot be read. */
  readonly stealShare: number | undefined;
  /** Share of all CPU time that was used, by whomever. */
  readonly busyShare: number | undefined;
  readonly throttled: Duration | undefined;
  /** CPU time of this process over the time that passed. */
  readonly processCores: number;
}

/** Totals since ever, to take differences of. */
interface Reading {
  readonly at: Instant;
  readonly steal: number | undefined;
  readonly used: number | undefined;
  readonly ticks: number;
  readonly throttled: Duration | undefined;
  readonly cpu: Duration;
}

export class MachineWatch {
  readonly #samples: MachineSample[] = [];
  readonly #throttleFile: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last: Reading | undefined;

  constructor() {
    const own = readKernelFile("/proc/self/cgroup") ?? "";
    this.#throttleFile = throttleFiles(own).find((file) => parseThrottled(readKernelFile(file) ?? "") !== undefined);
  }

  begin(): void {
    this.#last = this.#read();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS).unref();
  }

  /** Ends the watch with what it saw; the last sample may be short. Empty when it never began. */
  end(): MachineSample[] {
    if (this.#timer === undefined) return this.#samples;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sample();
    return this.#samples;
  }

  #sample(): void {
    const before = this.#last;
    const now = this.#read();
    this.#last = now;
    if (before === undefined || now.at <= before.at) return;
    const duration = now.at - before.at;
    const ticks = now.ticks - before.ticks;
    this.#samples.push({
      at: now.at,
      duration,
      stealShare: difference(now.steal, before.steal, ticks),
      busyShare: difference(now.used, before.used, ticks),
      throttled: difference(now.throttled, before.throttled, 1),
      processCores: (now.cpu - before.cpu) / duration,
    });
  }

  #read(): Reading {
    const ticks = parseCpuTicks(readKernelFile("/proc/stat") ?? "");
    const throttled = this.#throttleFile === undefined ? "" : (readKernelFile(this.#throttleFile) ?? "");
    const { user, system } = process.cpuUsage();
    return {
      at: monotonicNow(),
      steal: ticks?.steal,
      used: ticks && ticks.total - ticks.idle - ticks.steal,
      ticks: ticks?.total ?? 0,
      throttled: parseThrottled(throttled),
      cpu: user + system,
    };
  }
}

/** What was added since, in parts of `unit`; the kernel's counters may step back a little. */
function difference(now: number | undefined, before: number | undefined, unit: number): number | undefined {
  if (now === undefined || before === undefined) return undefined;
  return unit <= 0 ? 0 : Math.max(0, now - before) / unit;
}
