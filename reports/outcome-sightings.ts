/** When each Outcome was first and last seen in a run, and how many devices it befell. */
import { OUTCOMES, type Outcome } from "../protocol/outcome.ts";
import type { Instant } from "../protocol/time.ts";
import type { Fold, JoinedCalls } from "./joined-calls.ts";

export interface Sighting {
  readonly outcome: Outcome;
  readonly calls: number;
  /** When the first and the last such Call settled, or was to start if it never settled. */
  readonly first: Instant;
  readonly last: Instant;
  readonly devices: number;
}

const BITS = 8;

/** Memory: a bit for each device and Outcome that occurred. */
export class OutcomeSightings implements Fold {
  readonly #calls = new Float64Array(OUTCOMES.length);
  readonly #first = new Float64Array(OUTCOMES.length).fill(Number.POSITIVE_INFINITY);
  readonly #last = new Float64Array(OUTCOMES.length).fill(Number.NEGATIVE_INFINITY);
  readonly #devices = new Float64Array(OUTCOMES.length);
  readonly #seen: Uint8Array[] = OUTCOMES.map(() => new Uint8Array(0));

  add({ length, outcome, settledUs, intendedUs, device }: JoinedCalls): void {
    for (let row = 0; row < length; row += 1) {
      const code = outcome[row] as number;
      if (OUTCOMES[code] === undefined) continue;
      const settled = settledUs[row] as number;
      const at = Number.isNaN(settled) ? (intendedUs[row] as number) : settled;
      this.#calls[code] = (this.#calls[code] as number) + 1;
      if (at < (this.#first[code] as number)) this.#first[code] = at;
      if (at > (this.#last[code] as number)) this.#last[code] = at;
      this.#meet(code, device[row] as number);
    }
  }

  /** Those that occurred, in the order of the catalogue. */
  sightings(): Sighting[] {
    return OUTCOMES.map((outcome, code) => ({
      outcome,
      calls: this.#calls[code] as number,
      first: this.#first[code] as number,
      last: this.#last[code] as number,
      devices: this.#devices[code] as number,
    })).filter(({ calls }) => calls > 0);
  }

  #meet(code: number, device: number): void {
    let seen = this.#seen[code] as Uint8Array;
    const byte = Math.floor(device / BITS);
    if (byte >= seen.length) {
      const wider = new Uint8Array(Math.max(byte + 1, seen.length * 2));
      wider.set(seen);
      this.#seen[code] = wider;
      seen = wider;
    }
    const bit = 1 << (device % BITS);
    if (((seen[byte] as number) & bit) !== 0) return;
    seen[byte] = (seen[byte] as number) | bit;
    this.#devices[code] = (this.#devices[code] as number) + 1;
  }
}
