/** A10: the device replies and never acknowledges, so a request with quality of service 1 stays open although its Call is done. */

import { WITH_ACKNOWLEDGEMENTS } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const noAck: FaultKind = {
  name: "no_ack",
  id: "A10",
  standard: "pause acks",
  does: "answers and never acknowledges",
  transports: WITH_ACKNOWLEDGEMENTS,
  arguments: [],
  read: () => ({ verdict: () => ({ kind: "ack", after: undefined }) }),
};
