/**
 * Which requests a fault fires on, the same for every fault: a share `p` of them, only those of one `method`, or exactly the
 * `nth` one a device receives. Counts what it judged and what it fired on, so that an idle fault is seen.
 */
import { chanceThreshold, faultPurpose, type RandomStream } from "../../protocol/random.ts";
import type { RequestContext } from "../../protocol/responder.ts";
import type { FormReader } from "../behaviour/form.ts";

export const SELECTOR_ARGUMENTS = ["p", "method", "nth"] as const;

export interface FaultCounts {
  /** Requests its selector admitted. */
  matched: number;
  /** Those it fired on. */
  fired: number;
}

export class Selector {
  readonly counts: FaultCounts = { matched: 0, fired: 0 };
  readonly #purpose: number;
  readonly #threshold: number;
  readonly #method: string | undefined;
  readonly #nth: number | undefined;

  /**
   * Reads `p` (first argument, default 100%), `method` and `nth` from a fault's form. `occurrence` counts the faults of this name
   * in one list from 1, so that two of them do not fire on the same requests.
   */
  constructor(name: string, reader: FormReader, occurrence: number) {
    this.#purpose = faultPurpose(occurrence === 1 ? name : `${name}#${occurrence}`);
    this.#threshold = chanceThreshold(reader.share("p", 0, 1));
    this.#method = reader.text("method");
    const nth = reader.text("nth");
    if (nth !== undefined && !/^[1-9]\d{0,8}$/.test(nth)) {
      reader.problems.push(`${name}: nth must be a whole number from 1, got "${nth}"`);
    }
    this.#nth = nth === undefined ? undefined : Number(nth);
  }

  /** Takes this fault's draw for the request, and says whether it fires. */
  fires(request: RequestContext, random: RandomStream): boolean {
    const drawn = random.seek(request.device, this.#purpose, request.key).fires(this.#threshold);
    if (this.#method !== undefined && request.method !== this.#method) return false;
    if (this.#nth !== undefined && request.ordinal !== this.#nth) return false;
    this.counts.matched++;
    if (drawn) this.counts.fired++;
    return drawn;
  }
}
