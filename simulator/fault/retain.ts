/** B14: the reply is published as retained, so that whoever subscribes later finds a ghost. */

import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const retain: FaultKind = {
  name: "retain",
  id: "B14",
  standard: "retained message test",
  does: "answers with the retain flag set",
  transports: OF_MQTT,
  arguments: [],
  read: () => ({ verdict: () => ({ kind: "address", address: { retain: true } }) }),
};
