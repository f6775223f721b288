/**
 * A Call on the server's side: its states and the one table of legal transitions.
 *
 *   waiting    admitted, not handed to any connection yet
 *   delivered  handed to a connection, its reply is awaited
 *   orphaned   its caller has been answered (the wall) but the exchange lives on until its deadline
 *   ended      nothing more can happen to it; a reply from now on is a stray
 *
 * A one-way Call ends when it is handed over. Every path from `waiting` reaches `ended`.
 */

/** Names one Call from admission to its end; allocated by the driver, never reused within a run. */
export type CallId = number;

export type CallState = "waiting" | "delivered" | "orphaned" | "ended";
export type CallEvent = "deliver" | "hand_over" | "reply" | "expire" | "wall" | "cancel";

const TRANSITIONS: Readonly<Record<CallState, Partial<Record<CallEvent, CallState>>>> = {
  waiting: { deliver: "delivered", hand_over: "ended", expire: "ended", wall: "orphaned", cancel: "ended" },
  delivered: { reply: "ended", expire: "ended", wall: "orphaned", cancel: "ended" },
  orphaned: { reply: "ended", expire: "ended" },
  ended: {},
};

/** The state after `event`. Throws on a transition the table does not have: that is a fault of this program. */
export function transition(state: CallState, event: CallEvent): CallState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`no transition from ${state} on ${event}`);
  return next;
}
