/** What happened round the deadline: how far before or after it devices wrote their replies, and what became of those. */
import { type Duration, MILLISECOND } from "../protocol/time.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import { binEdge, binOf, type LogBins, logBins } from "./log-bins.ts";
import { waitedInVain } from "./series.ts";

const PER_DECADE = 6;

export interface DeadlineBin {
  /** Distances to the deadline, negative before it; the bin at the deadline itself reaches from -1 ms to 1 ms. */
  readonly fromUs: Duration;
  readonly toUs: Duration;
  /** Replies whose Call was answered, and those whose Call had waited in vain. */
  inTime: number;
  late: number;
}

export interface DeadlineAnatomy {
  readonly bins: readonly DeadlineBin[];
  readonly inTime: number;
  /** Replies that were written after their Call was given up, or were underway when it was. */
  readonly late: number;
  /** Of the late ones: written before the deadline, and yet not in time. */
  readonly underway: number;
  /** Calls that waited in vain and whose device received them but never replied, or never received them. */
  readonly unreplied: number;
  readonly unreceived: number;
  /** Calls whose device was programmed to take the whole timeout or longer. */
  readonly programmedBeyond: number;
}

/**
 * Folds the replies of a run. The deadline is the server's where its account is known, else the timeout after the actual send; the reply's
 * instant is when the device wrote it, so a reply needs some of its room for the way back.
 */
export class DeadlineFold implements Fold {
  readonly #timeout: Duration;
  readonly #side: LogBins;
  readonly #bins: DeadlineBin[];
  #unreplied = 0;
  #unreceived = 0;
  #underway = 0;
  #programmedBeyond = 0;

  constructor(timeout: Duration) {
    this.#timeout = timeout;
    this.#side = logBins(MILLISECOND, 2 * Math.max(timeout, 10 * MILLISECOND), PER_DECADE);
    const { count } = this.#side;
    const edge = (bin: number): number => Math.round(binEdge(this.#side, bin));
    const before = Array.from({ length: count }, (_, bin) => ({
      fromUs: -edge(count - bin),
      toUs: -edge(count - bin - 1),
    }));
    const after = Array.from({ length: count }, (_, bin) => ({ fromUs: edge(bin), toUs: edge(bin + 1) }));
    const middle = { fromUs: -MILLISECOND, toUs: MILLISECOND };
    this.#bins = [...before, middle, ...after].map((bin) => ({ ...bin, inTime: 0, late: 0 }));
  }

  add(batch: JoinedCalls): void {
    for (let row = 0; row < batch.length; row += 1) {
      const isLate = waitedInVain(batch.outcome[row] as number);
      if ((batch.deviceProgrammedUs[row] as number) >= this.#timeout) this.#programmedBeyond += 1;
      const replied = batch.deviceRepliedUs[row] as number;
      if (!Number.isNaN(replied)) this.#place(replied - this.#deadline(batch, row), isLate);
      else if (isLate && Number.isNaN(batch.deviceReceivedUs[row])) this.#unreceived += 1;
      else if (isLate) this.#unreplied += 1;
    }
  }

  anatomy(): DeadlineAnatomy {
    const sum = (side: "inTime" | "late"): number => this.#bins.reduce((total, bin) => total + bin[side], 0);
    return {
      bins: this.#bins,
      inTime: sum("inTime"),
      late: sum("late"),
      underway: this.#underway,
      unreplied: this.#unreplied,
      unreceived: this.#unreceived,
      programmedBeyond: this.#programmedBeyond,
    };
  }

  #deadline(batch: JoinedCalls, row: number): number {
    const accepted = batch.serverAcceptUs[row] as number;
    return (Number.isNaN(accepted) ? (batch.sentUs[row] as number) : accepted) + this.#timeout;
  }

  #place(distance: Duration, isLate: boolean): void {
    const { count } = this.#side;
    const reach = Math.abs(distance) < MILLISECOND ? 0 : 1 + binOf(this.#side, Math.abs(distance));
    const bin = this.#bins[count + (distance < 0 ? -reach : reach)] as DeadlineBin;
    if (isLate) bin.late += 1;
    else bin.inTime += 1;
    if (isLate && distance < 0) this.#underway += 1;
  }
}
