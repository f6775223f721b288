/** The two shapes that most faults of a device's life have: a hardship for as long as each window, or a blow at its beginning. */
import type { Duration } from "../../protocol/time.ts";
import type { LifeAction, LifeContext, LifeEvent } from "./device-fault.ts";

/** Begins with each window and ends with it. */
export function during(begin: LifeAction, end: LifeAction): (context: LifeContext) => Generator<LifeEvent> {
  return function* life({ windows }) {
    for (const { from, to } of windows()) {
      yield { at: from, action: begin, counts: true };
      yield { at: to, action: end, counts: false };
    }
  };
}

/** Once in each window: at its beginning, or at a drawn instant at most `spread` later and still inside it. */
export function onceIn(spread: Duration, action: LifeAction): (context: LifeContext) => Generator<LifeEvent> {
  return function* life({ windows, draw }) {
    let question = 0;
    for (const { from, to } of windows()) {
      const later = spread === 0 ? 0 : Math.floor(draw(question++).uniform() * Math.min(spread, to - from));
      yield { at: from + later, action, counts: true };
    }
  };
}
