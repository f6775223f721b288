/**
 * Known hazards of the original servers as named switches. All are off by default: then the safe behaviour holds. A user turns one
 * on to meet the hazard on purpose; a hunt turns them on to see that it finds them. T-numbers are those of the catalogue of hazards.
 */
export const QUIRKS = {
  "repush-delivered": "every RPC subscription is sent all unfinished requests again, delivered ones too (T4, S7)",
  "id-reset-on-restart":
    "request ids start at 0 again after a restart, so a late reply may answer a newer call (T1, S5)",
  "request-uuid-overwrite": "a second call with the requestUUID of a live one takes over its answer (T2)",
  "sent-fixed-at-arrival": "a call counts as sent only if the device was subscribed when it arrived (S2)",
  "packet-id-no-wrap":
    "packet ids do not wrap, so after 65,535 requests of a connection no acknowledgement matches (T5)",
  "recover-queued-only":
    "after a restart only QUEUED persistent calls go on; SENT, DELIVERED and TIMEOUT ones stay for ever",
  "stuck-on-close": "a closed connection leaves its unacknowledged persistent calls SENT until they expire (T10)",
  "response-timeout-silent":
    "a lightweight call whose reply is late under the on-response strategy is answered 1 s after its deadline (T7)",
  "ghost-poller": "a long poll that ended by its timer still counts as a subscriber for one more call (9.2)",
} as const;

export type Quirk = keyof typeof QUIRKS;

export const QUIRK_NAMES = Object.keys(QUIRKS) as readonly Quirk[];
