/** A run that goes on, for tests: messages of a caller from a list of calls, and a frame with figures of every kind. */
import { OUTCOME_CODE, type Outcome } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { type LiveCalls, LiveFigures, type LiveRun } from "./live-figures.ts";

export interface EndedCall {
  readonly outcome: Outcome;
  readonly responseUs: number;
  readonly sendLagUs: number;
}

export const LIVE_RUN: LiveRun = {
  scenario: "two-way-latency",
  engine: "native",
  seed: "7",
  isClosed: false,
  timeout: 5 * SECOND,
  duration: 20 * SECOND,
  steps: 1,
  kneeP99: 0,
  events: [{ at: 2 * SECOND, label: "server paused" }],
};

/** A message at `at` that tells of these calls. */
export function told(at: number, calls: readonly EndedCall[], so: { due: number; sent: number }): LiveCalls {
  return {
    at,
    ...so,
    busy: 0.25,
    ended: {
      outcome: Uint8Array.from(calls, ({ outcome }) => OUTCOME_CODE[outcome]),
      responseUs: Float64Array.from(calls, ({ responseUs }) => responseUs),
      sendLagUs: Float64Array.from(calls, ({ sendLagUs }) => sendLagUs),
    },
  };
}

/** Figures of a run of `seconds`, four messages a second, `perMessage` calls in each; every tenth call is a timeout. */
export function liveFigures(seconds: number, perMessage: number, run: Partial<LiveRun> = {}): LiveFigures {
  const figures = new LiveFigures({ ...LIVE_RUN, ...run });
  figures.batch({ step: 0, rate: perMessage * 4, planned: perMessage * 4 * 20, offset: 0 });
  for (let message = 1; message <= seconds * 4; message++) {
    const calls = Array.from({ length: perMessage }, (_, index): EndedCall => {
      const outcome = index % 10 === 9 ? "timeout" : "ok";
      return { outcome, responseUs: (index + 1) * MILLISECOND, sendLagUs: index };
    });
    const sent = message * perMessage + 38;
    figures.calls(told(message * 250 * MILLISECOND, calls, { due: sent, sent }));
  }
  figures.fleet({ devices: 1_000, connected: 998, lost: 3, reconnects: 1, refused: 2, events: [] });
  figures.doing("calling");
  return figures;
}
