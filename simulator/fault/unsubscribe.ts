/** D11: the device unsubscribes while it has requests to answer, stays connected, and subscribes again. */
import type { FaultKind } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** For as long as each window; replies that are due in it are sent. */
export const unsubscribe: FaultKind = {
  name: "unsubscribe",
  id: "D11",
  standard: "none",
  does: "unsubscribes from requests, and subscribes again when the window ends",
  arguments: [],
  read: () => ({ life: during({ kind: "subscribe", on: false }, { kind: "subscribe", on: true }) }),
};
