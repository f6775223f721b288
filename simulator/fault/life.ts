/** A device's life: the events of all its faults in one order, each with the fault that brings it. */
import type { RandomStream } from "../../protocol/random.ts";
import type { Duration } from "../../protocol/time.ts";
import type { DeviceFault, LifeEvent } from "./device-fault.ts";

interface Strand {
  readonly fault: DeviceFault;
  readonly events: Iterator<LifeEvent>;
  next: LifeEvent;
}

export interface LivedEvent extends LifeEvent {
  readonly fault: DeviceFault;
}

export class Life {
  readonly #strands: Strand[] = [];

  constructor(faults: readonly DeviceFault[], device: number, random: RandomStream) {
    for (const fault of faults) {
      const events = fault.life?.(device, random);
      const first = events?.next();
      if (events === undefined || first === undefined || first.done === true) continue;
      this.#strands.push({ fault, events, next: first.value });
    }
  }

  /** When the next event is, since the run's origin; undefined when there is none. */
  get due(): Duration | undefined {
    return this.#first?.next.at;
  }

  /** Takes the next event if it is due at `at`. */
  take(at: Duration): LivedEvent | undefined {
    const strand = this.#first;
    if (strand === undefined || strand.next.at > at) return undefined;
    const lived = { ...strand.next, fault: strand.fault };
    const following = strand.events.next();
    if (following.done === true) this.#strands.splice(this.#strands.indexOf(strand), 1);
    else strand.next = following.value;
    return lived;
  }

  /** The strand with the earliest event; of equal ones the fault that was declared first. */
  get #first(): Strand | undefined {
    let first: Strand | undefined;
    for (const strand of this.#strands) if (first === undefined || strand.next.at < first.next.at) first = strand;
    return first;
  }
}
