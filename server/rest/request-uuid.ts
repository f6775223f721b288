/**
 * The quirk request-uuid-overwrite (T2, contract 4.2): waiting callers are kept by their requestUUID alone, so a second call with the
 * UUID of a live one takes its place. Whatever ends first, either call's reply or timer, answers the second caller; the first one
 * meets the wall, if there is one.
 */
import type { Settlement } from "../../protocol/requester/requester-io.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import type { SettledCallback } from "../driver.ts";

interface Owner {
  readonly settled: SettledCallback;
  readonly wall: Duration | undefined;
}

export class CallersByUuid {
  readonly #owners = new Map<string, Owner>();

  /** What the driver is to call instead of `settled`. */
  register(uuid: string, settled: SettledCallback, wall: Duration | undefined): SettledCallback {
    const loser = this.#owners.get(uuid);
    this.#owners.set(uuid, { settled, wall });
    if (loser !== undefined) abandon(loser);
    return (settlement: Settlement, call) => {
      const owner = this.#owners.get(uuid);
      this.#owners.delete(uuid);
      owner?.settled(settlement, call);
    };
  }
}

const NO_CALL = -1;

function abandon({ settled, wall }: Owner): void {
  if (wall === undefined) return;
  setTimeout(() => settled({ kind: "wall" }, NO_CALL), wall / MILLISECOND).unref();
}
