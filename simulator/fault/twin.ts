/** D9: several sessions of one device with different client ids; a server that sends to each has its commands executed twice. */
import { OWN_SESSION } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";
import { during } from "./life-patterns.ts";

/** `sessions` (default 1) more for as long as each window; each answers what it is asked. */
export const twin: FaultKind = {
  name: "twin",
  id: "D9",
  standard: "none",
  does: "has `sessions` (1) further sessions, each with a client id of its own, and answers on all of them",
  transports: OWN_SESSION,
  arguments: ["sessions"],
  read: (reader) => {
    const sessions = reader.count("sessions", 1, { fallback: 1, least: 1 });
    return { life: during({ kind: "twin", sessions, mirrors: false }, { kind: "untwin" }) };
  },
};
