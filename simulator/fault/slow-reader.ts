/** F4: the device's socket is not read, so that what the server writes piles up, first in the kernel and then in the server. */
import type { FaultKind } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** For as long as each window; afterwards everything that was sent is read at once. */
export const slowReader: FaultKind = {
  name: "slow_reader",
  id: "F4",
  standard: "backpressure",
  does: "does not read its socket until the window ends",
  arguments: [],
  read: () => ({ life: during({ kind: "stop_reading", on: true }, { kind: "stop_reading", on: false }) }),
};
