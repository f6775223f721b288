/** The caller's own worker, and beside it in the same thread something that does it harm. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import "../../simulator/caller/native-worker.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import type { Harm, HarmedBatch } from "./harm.ts";

const HOUR_MS = 3_600_000;

const { harm } = workerData as HarmedBatch;

function prepare(what: Harm): () => void {
  if (what.kind === "block") return () => later(() => block(what.forMs), what.atMs);
  if (what.kind === "clock") {
    return () => {
      later(() => stepClock(HOUR_MS), what.forwardAtMs);
      later(() => stepClock(-2 * HOUR_MS), what.backAtMs);
    };
  }
  if (what.kind === "quota") return () => undefined;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const alive = Array.from({ length: what.objects }, (_, index) => ({ index }));
  return () => void setInterval(() => alive.length > 0 && collect(), what.everyMs).unref();
}

function later(act: () => void, afterMs: number): void {
  setTimeout(act, afterMs).unref();
}

function block(forMs: number): void {
  const end = monotonicNow() + forMs * 1_000;
  while (monotonicNow() < end);
}

function stepClock(byMs: number): void {
  const real = Date;
  globalThis.Date = class extends real {
    constructor(...given: [] | [number]) {
      super(...((given.length === 0 ? [real.now() + byMs] : given) as [number]));
    }
    static override now(): number {
      return real.now() + byMs;
    }
  } as DateConstructor;
}

const begin = prepare(harm);
(parentPort as MessagePort).on("message", (command) => command === "start" && begin());
