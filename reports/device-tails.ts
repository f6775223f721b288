/** How each device fared: what shows the one bad device among thousands. */

import { OUTCOME_CODE } from "../protocol/outcome.ts";
import type { Duration } from "../protocol/time.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";
import { binEdge, binOf, type LogBins, logBins } from "./log-bins.ts";
import { samplesNeeded } from "./quantile-support.ts";
import { isAnswered } from "./series.ts";

/** More devices than this have no histogram each, only their slowest answer. */
const MOST_HISTOGRAMS = 5_000;
/** A bin is 5 % wide. */
const PER_DECADE = 48;
const SHORTEST_US = 100;
const TAIL = 0.99;

interface DeviceTail {
  /** Ordinal in the fleet. */
  readonly device: number;
  readonly answers: number;
  /** Response time from the intended start: the `statistic` of all devices. */
  readonly valueUs: Duration;
  readonly timeouts: number;
}

export interface DeviceTails {
  /** `p99` to within 5 % when at least half of the answering devices have samples for it; else each one's slowest answer. */
  readonly statistic: "p99" | "slowest";
  /** Devices with a figure, the quickest first. */
  readonly tails: readonly DeviceTail[];
  /** Devices that answered, but too seldom for a p99; none when the slowest answer is shown. */
  readonly tooFew: number;
  /** Devices whose Calls got no answer at all, and had some. */
  readonly silent: number;
  /** Timeouts of every device that was called. */
  readonly timeouts: readonly number[];
}

/** Memory: about a kilobyte for each of up to 5,000 devices, 20 bytes for each of more. */
export class DeviceFold implements Fold {
  readonly #bins: LogBins | undefined;
  readonly #counts: Uint32Array;
  readonly #calls: Uint32Array;
  readonly #answers: Uint32Array;
  readonly #timeouts: Uint32Array;
  readonly #slowest: Float64Array;

  constructor(devices: number, timeout: Duration) {
    this.#bins = devices <= MOST_HISTOGRAMS ? logBins(SHORTEST_US, 2 * timeout, PER_DECADE) : undefined;
    this.#counts = new Uint32Array(devices * (this.#bins?.count ?? 0));
    this.#calls = new Uint32Array(devices);
    this.#answers = new Uint32Array(devices);
    this.#timeouts = new Uint32Array(devices);
    this.#slowest = new Float64Array(devices);
  }

  add({ length, device, outcome, settledUs, intendedUs }: JoinedCalls): void {
    for (let row = 0; row < length; row += 1) {
      const index = device[row] as number;
      if (index >= this.#calls.length) continue;
      const code = outcome[row] as number;
      increment(this.#calls, index);
      if (code === OUTCOME_CODE.timeout) increment(this.#timeouts, index);
      if (!isAnswered(code)) continue;
      const response = Math.max(0, (settledUs[row] as number) - (intendedUs[row] as number));
      increment(this.#answers, index);
      if (response > (this.#slowest[index] as number)) this.#slowest[index] = response;
      if (this.#bins !== undefined) increment(this.#counts, index * this.#bins.count + binOf(this.#bins, response));
    }
  }

  tails(): DeviceTails {
    const called = [...this.#calls.keys()].filter((device) => (this.#calls[device] as number) > 0);
    const answering = called.filter((device) => (this.#answers[device] as number) > 0);
    const supported = answering.filter((device) => (this.#answers[device] as number) >= samplesNeeded(TAIL));
    const hasTail = this.#bins !== undefined && supported.length > 0 && supported.length * 2 >= answering.length;
    const shown = hasTail ? supported : answering;
    const tails = shown.map((device) => ({
      device,
      answers: this.#answers[device] as number,
      valueUs: hasTail ? this.#tailOf(device) : (this.#slowest[device] as number),
      timeouts: this.#timeouts[device] as number,
    }));
    return {
      statistic: hasTail ? "p99" : "slowest",
      tails: tails.sort((a, b) => a.valueUs - b.valueUs || a.device - b.device),
      tooFew: answering.length - shown.length,
      silent: called.length - answering.length,
      timeouts: called.map((device) => this.#timeouts[device] as number),
    };
  }

  /** Upper edge of the bin that holds the sample of rank ceil(p * n), and never more than the slowest answer. */
  #tailOf(device: number): Duration {
    const slowest = this.#slowest[device] as number;
    if (this.#bins === undefined) return slowest;
    const { count } = this.#bins;
    let left = Math.ceil(TAIL * (this.#answers[device] as number));
    for (let bin = 0; bin < count; bin += 1) {
      left -= this.#counts[device * count + bin] as number;
      if (left <= 0) return Math.min(slowest, binEdge(this.#bins, bin + 1));
    }
    return slowest;
  }
}

function increment(counts: Uint32Array, index: number): void {
  counts[index] = (counts[index] as number) + 1;
}
