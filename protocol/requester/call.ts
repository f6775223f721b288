/**
 * A Call on the server's side: its states and the one table of legal transitions.
 *
 *   waiting    admitted, or given back after a failed delivery: not in any connection's hands
 *   sent       handed to a connection; its acknowledgement, or its reply, is awaited
 *   delivered  acknowledged; its reply is awaited
 *   forsaken   nothing is done for it any more, but its caller has not been told yet (S17)
 *   ended      nothing more can happen to it; a reply from now on is a stray
 *
 * A one-way Call ends when it is handed over or acknowledged. Every path from `waiting` reaches `ended`.
 */

/** Names one Call from admission to its end; allocated by the driver, never reused within a run. */
export type CallId = number;

export type CallState = "waiting" | "sent" | "delivered" | "forsaken" | "ended";
export type CallEvent = "deliver" | "acknowledge" | "give_back" | "forsake" | "end";

const TRANSITIONS: Readonly<Record<CallState, Partial<Record<CallEvent, CallState>>>> = {
  waiting: { deliver: "sent", acknowledge: "delivered", forsake: "forsaken", end: "ended" },
  sent: { deliver: "sent", acknowledge: "delivered", give_back: "waiting", forsake: "forsaken", end: "ended" },
  delivered: { deliver: "sent", forsake: "forsaken", end: "ended" },
  forsaken: { end: "ended" },
  ended: {},
};

/** The state after `event`. Throws on a transition the table does not have: that is a fault of this program. */
export function transition(state: CallState, event: CallEvent): CallState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`no transition from ${state} on ${event}`);
  return next;
}
