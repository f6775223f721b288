/** Which devices are called how often: all alike, a few of them, each in its turn, or some far more than others. */
import { pow } from "../protocol/exact-math.ts";
import type { RandomStream } from "../protocol/random.ts";

export type TargetRule =
  | { readonly kind: "uniform" }
  /** Call n goes to device n modulo the fleet. */
  | { readonly kind: "roundrobin" }
  /** Device n is called in proportion to 1 / (n + 1)^s: device 0 is the hottest. */
  | { readonly kind: "zipf"; readonly s: number }
  /** These ordinals alone, all alike. */
  | { readonly kind: "list"; readonly devices: readonly number[] };

export const UNIFORM: TargetRule = { kind: "uniform" };

/** The target of a call, given its index and the draws of its own; takes one draw at most. */
export function targetDraw(rule: TargetRule, devices: number): (call: number, draws: RandomStream) => number {
  switch (rule.kind) {
    case "uniform":
      return (_, draws) => draws.below(devices);
    case "roundrobin":
      return (call) => call % devices;
    case "list":
      return (_, draws) => rule.devices[draws.below(rule.devices.length)] as number;
    case "zipf":
      return zipfDraw(rule.s, devices);
  }
}

/** By inverse transform: the first rank whose cumulated share reaches the draw. */
function zipfDraw(s: number, devices: number): (call: number, draws: RandomStream) => number {
  const cumulated = new Float64Array(devices);
  let sum = 0;
  for (let rank = 0; rank < devices; rank++) {
    sum += 1 / pow(rank + 1, s);
    cumulated[rank] = sum;
  }
  return (_, draws) => {
    const wanted = draws.uniform() * sum;
    let [low, high] = [0, devices - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
