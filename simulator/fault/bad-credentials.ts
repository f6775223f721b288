/** D13: the device shows credentials that the server does not know, at the attempts that are picked (`nth`). */
import { OWN_SESSION } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const UNKNOWN_TOKEN = "no-such-credentials";

/** The server refuses with CONNACK 4 or 5 (MQTT 3.1.1, section 3.2.2.3); the device tries again as its cohort's policy says. */
export const badCredentials: FaultKind = {
  name: "bad_credentials",
  id: "D13",
  standard: "TLS negative tests",
  does: "connects with credentials that nobody knows",
  transports: OWN_SESSION,
  arguments: [],
  read: () => ({ connect: (settings) => ({ ...settings, token: UNKNOWN_TOKEN }) }),
};
