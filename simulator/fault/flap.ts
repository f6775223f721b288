/** D12: the connection goes up and down, for times that are drawn. */
import { ln } from "../../protocol/exact-math.ts";
import type { EndHow } from "../../protocol/reaction.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import type { FaultKind, LifeContext, LifeEvent } from "./device-fault.ts";

interface Rhythm {
  readonly up: Duration;
  readonly down: Duration;
  readonly how: EndHow;
  readonly spread: "exponential" | "uniform" | "none";
}

/** Up for `up` (default 10s) and down for `down` (1s) on average; uniform lies between none and twice the mean. */
export const flap: FaultKind = {
  name: "flap",
  id: "D12",
  standard: "intermittent connectivity",
  does: "loses its connection after `up` (10s) for `down` (1s) on average, again and again",
  arguments: ["up", "down", "how", "spread"],
  read: (reader) => {
    const up = reader.duration("up", 1, 10 * SECOND);
    const down = reader.duration("down", 2, SECOND);
    if (up === 0 || down === 0) reader.refuse("up and down must be more than zero");
    const how = reader.choice<EndHow>("how", ["fin", "reset", "disconnect", "vanish"], "fin");
    const spread = reader.choice("spread", ["exponential", "uniform", "none"], "exponential");
    return { life: (context) => lifeOf({ up, down, how, spread }, context) };
  },
};

function* lifeOf({ up, down, how, spread }: Rhythm, { windows, draw }: LifeContext): Generator<LifeEvent> {
  let question = 0;
  /** At least a microsecond, so that time goes on. */
  const drawn = (mean: Duration): Duration => {
    if (spread === "none") return mean;
    const u = draw(question++).uniform();
    return Math.max(1, Math.round(spread === "uniform" ? 2 * mean * u : -mean * ln(u)));
  };
  for (const { from, to } of windows()) {
    for (let at = from + drawn(up); at < to; at += drawn(up)) {
      yield { at, action: { kind: "leave", how }, counts: true };
      at = Math.min(to, at + drawn(down));
      yield { at, action: { kind: "return" }, counts: false };
    }
  }
}
