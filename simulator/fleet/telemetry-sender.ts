/**
 * Background telemetry of one thread's devices: each sends at the same pace from a phase of its own, so that RPC competes with a
 * steady load. One entry in the fleet's heap for all of them. Pure: the fleet brings the clock and the sockets.
 */
import type { Scheduled } from "../../protocol/deadline-heap.ts";
import { PURPOSE, type RandomStream } from "../../protocol/random.ts";
import type { Instant } from "../../protocol/time.ts";
import type { TelemetryPlan } from "./fleet-plan.ts";

export interface TelemetryCounts {
  /** Messages that a connection took. */
  readonly sent: number;
  /** Messages whose device had no connection to carry them. */
  readonly refused: number;
}

export interface TelemetryRange {
  /** Ordinal of the first device. */
  readonly first: number;
  readonly devices: number;
  readonly random: RandomStream;
}

export class TelemetrySender implements Scheduled {
  heapIndex = -1;
  readonly #plan: TelemetryPlan;
  readonly #send: (ordinal: number, payload: string) => boolean;
  /** Ordinals by their phase, and the phases in the same order. */
  readonly #order: readonly number[];
  readonly #phases: Float64Array;
  #origin: Instant | undefined;
  #next = 0;
  #round = 0;
  #sent = 0;
  #refused = 0;
  #ended = false;

  constructor(
    plan: TelemetryPlan,
    { first, devices, random }: TelemetryRange,
    send: (ordinal: number, payload: string) => boolean,
  ) {
    this.#plan = plan;
    this.#send = send;
    const planned = Array.from({ length: devices }, (_, index) => {
      const phase = random.seek(first + index, PURPOSE.telemetryPhase, 0).uniform() * plan.period;
      return { ordinal: first + index, phase };
    });
    planned.sort((a, b) => a.phase - b.phase || a.ordinal - b.ordinal);
    this.#order = planned.map(({ ordinal }) => ordinal);
    this.#phases = Float64Array.from(planned, ({ phase }) => phase);
  }

  /** The phases count from `origin`; nothing is sent before it. */
  begin(origin: Instant): void {
    this.#origin ??= origin;
  }

  /** Nothing more is sent. */
  end(): void {
    this.#ended = true;
  }

  get due(): Instant | undefined {
    if (this.#origin === undefined || this.#ended || this.#order.length === 0) return undefined;
    return this.#origin + Math.ceil(this.#round * this.#plan.period + (this.#phases[this.#next] as number));
  }

  get counts(): TelemetryCounts {
    return { sent: this.#sent, refused: this.#refused };
  }

  /** Sends all that is due. */
  tick(now: Instant): void {
    for (let due = this.due; due !== undefined && due <= now; due = this.due) {
      const took = this.#send(this.#order[this.#next] as number, this.#plan.payload);
      if (took) this.#sent++;
      else this.#refused++;
      this.#next++;
      if (this.#next < this.#order.length) continue;
      this.#next = 0;
      this.#round++;
    }
  }
}
