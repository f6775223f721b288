/**
 * `dutycycle(period=10s, window=1s, service=form)`: a device that sleeps (power saving mode, eDRX, polling). Awake for `window` at the
 * beginning of every `period`; a request that finds it asleep waits for the next one. Each device's periods begin at a phase of its own.
 */
import { PURPOSE } from "../../../protocol/random.ts";
import type { FormReader } from "../form.ts";
import { invert, type Marginal } from "./marginal.ts";
import type { FormScope, LatencyNode } from "./node.ts";
import { NODES } from "./quadrature.ts";
import { readNested } from "./time-varying.ts";

export function readDutyCycle(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("dutycycle");
  const period = reader.duration("period", 0);
  const window = reader.duration("window", 1);
  const service = readNested(reader, scope, "service", 2);
  if (reader.problems.length === 0 && !(window > 0 && window <= period)) reader.refuse("needs 0 < window <= period");
  if (service === undefined || reader.problems.length > 0) return undefined;
  const phases = new Map<number, number>();
  return {
    value: (u, context, random) => {
      let phase = phases.get(context.device);
      if (phase === undefined) {
        phase = random.seek(context.device, PURPOSE.dutyPhase, 0, place).uniform() * period;
        phases.set(context.device, phase);
      }
      const into = (context.at + phase) % period;
      return (into < window ? 0 : period - into) + service.value(u, context, random);
    },
    marginal: service.marginal === undefined ? undefined : sleeping(service.marginal, period, window),
    independent: false,
  };
}

/** Over all phases: no wait in a share window / period, else a wait uniform in (0, period - window]; the service time added. */
function sleeping(service: Marginal, period: number, window: number): Marginal {
  const longest = period - window;
  const waited = (t: number): number => (t < 0 ? 0 : (window + Math.min(t, longest)) / period);
  const delays = NODES.map(({ u, weight }) => ({ delay: service.quantile(u), weight }));
  const cdf = (t: number): number => {
    let sum = 0;
    for (const { delay, weight } of delays) sum += weight * waited(t - delay);
    return Math.min(1 - service.never, sum);
  };
  return {
    cdf,
    quantile: (u) =>
      u > 1 - service.never
        ? Number.POSITIVE_INFINITY
        : invert(cdf, Math.min(u, (1 - service.never) * (1 - 1e-12)), 0, Number.POSITIVE_INFINITY),
    mean: () => (longest * longest) / (2 * period) + service.mean(),
    never: service.never,
  };
}
