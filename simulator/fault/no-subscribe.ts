/** D11: the device connects and never subscribes: connected, and yet not to be reached. */
import { OWN_SESSION } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const noSubscribe: FaultKind = {
  name: "no_subscribe",
  id: "D11",
  standard: "none",
  does: "connects and never subscribes to requests",
  transports: OWN_SESSION,
  arguments: [],
  read: () => ({ connect: (settings) => ({ ...settings, subscribeAfter: undefined }) }),
};
