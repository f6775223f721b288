/**
 * D13: the credentials are exchanged during a session. What can be told from a server that revokes them is the server's part; the
 * device's is that it is thrown out at once and knocks in vain until the window ends.
 */
import { OWN_SESSION } from "../fleet/transport-form.ts";
import { UNKNOWN_TOKEN } from "./bad-credentials.ts";
import type { FaultKind } from "./device-fault.ts";

export const revoked: FaultKind = {
  name: "revoked",
  id: "D13",
  standard: "TLS negative tests",
  does: "loses its connection and has credentials that nobody knows, until the window ends",
  transports: OWN_SESSION,
  arguments: [],
  read: () => ({
    life: function* life({ windows }) {
      for (const { from, to } of windows()) {
        yield { at: from, action: { kind: "token", token: UNKNOWN_TOKEN }, counts: false };
        yield { at: from, action: { kind: "lose", how: "reset" }, counts: true };
        yield { at: to, action: { kind: "token", token: undefined }, counts: false };
      }
    },
  }),
};
