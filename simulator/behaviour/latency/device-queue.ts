/**
 * `queue(form, servers=1, cap=10)`: a device that works on `servers` requests at a time, in the order of their arrival; the others wait.
 * A delay is the wait and the form's service time. With `cap`, at most so many requests are in the device, waiting or worked on; one
 * more is never answered. A request whose service never ends holds no server.
 */
import type { FormReader } from "../form.ts";
import type { FormScope, LatencyNode } from "./node.ts";
import { readNested } from "./time-varying.ts";

/** Instants of one device, since the run's origin. */
interface Hands {
  /** When each server is free again. */
  readonly freeAt: Float64Array;
  /** When each request that is still in the device leaves it, in the order of their service. */
  leaving: number[];
}

export function readQueue(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const service = readNested(reader, scope, "form", 0);
  const servers = reader.count("servers", 1, { least: 1, most: 1_000, fallback: 1 });
  const cap = reader.count("cap", 2, { least: 1, fallback: Number.MAX_SAFE_INTEGER });
  if (service === undefined) return undefined;
  if (reader.problems.length === 0 && cap < servers) reader.refuse("cap must not be below servers");
  const devices = new Map<number, Hands>();
  return {
    value: (u, context, random) => {
      let hands = devices.get(context.device);
      if (hands === undefined) {
        hands = { freeAt: new Float64Array(servers), leaving: [] };
        devices.set(context.device, hands);
      }
      const { at } = context;
      let staying = 0;
      for (const leaves of hands.leaving) if (leaves > at) hands.leaving[staying++] = leaves;
      hands.leaving.length = staying;
      if (staying >= cap) return Number.POSITIVE_INFINITY;
      const time = service.value(u, context, random);
      if (time === Number.POSITIVE_INFINITY) return time;
      let first = 0;
      for (let i = 1; i < servers; i++) if ((hands.freeAt[i] as number) < (hands.freeAt[first] as number)) first = i;
      const leaves = Math.max(at, hands.freeAt[first] as number) + time;
      hands.freeAt[first] = leaves;
      hands.leaving.push(leaves);
      return leaves - at;
    },
    marginal: undefined,
    independent: false,
  };
}
