/** C15: the subscription is for quality of service 0 where 1 was meant: no request is acknowledged or sent again. */

import { WITH_ACKNOWLEDGEMENTS } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const qosDowngrade: FaultKind = {
  name: "qos_downgrade",
  id: "C15",
  standard: "subscribe options",
  does: "asks for quality of service 0, and replies with it",
  transports: WITH_ACKNOWLEDGEMENTS,
  arguments: [],
  read: () => ({ connect: (settings) => ({ ...settings, qos: 0 }) }),
};
