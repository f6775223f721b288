/** Which devices stand behind which gateway: those of a gateway cohort in the order of their ordinals, so many to a gateway. */
import type { Seed } from "../../protocol/random.ts";
import { cohortOf } from "./cohorts.ts";
import type { CohortPlan, ProvisionedDevice } from "./fleet-plan.ts";
import { parseTransport } from "./transport-form.ts";

/** No gateway. */
const NONE = -1;

export interface GatewayGroups {
  /** How many gateways there are. */
  readonly count: number;
  /** Number of the gateway of the device at this place of the range, counted from 0; -1 for a device that connects itself. */
  readonly groups: Int32Array;
}

/** The groups of `devices` devices from ordinal `first` on; a group never has devices of two cohorts. */
export function gatewayGroups(
  cohorts: readonly CohortPlan[],
  seed: Seed,
  { first, devices }: { readonly first: number; readonly devices: number },
): GatewayGroups {
  const groups = new Int32Array(devices).fill(NONE);
  const open = cohorts.map(({ transport }) => {
    const parsed = parseTransport(transport);
    return parsed.kind === "gateway" ? { children: parsed.children, group: NONE, left: 0 } : undefined;
  });
  if (open.every((gateway) => gateway === undefined)) return { count: 0, groups };
  let count = 0;
  for (let index = 0; index < devices; index++) {
    const gateway = open[cohortOf(cohorts, first + index, seed)];
    if (gateway === undefined) continue;
    if (gateway.left === 0) {
      gateway.group = count++;
      gateway.left = gateway.children;
    }
    gateway.left--;
    groups[index] = gateway.group;
  }
  return { count, groups };
}

/** How many gateways a fleet needs whose devices are split in so many parts: none serves two of them. */
export function countGateways(
  cohorts: readonly CohortPlan[],
  seed: Seed,
  { first, devices, parts }: { readonly first: number; readonly devices: number; readonly parts: number },
): number {
  const counts = partRanges(devices, parts).map(({ from, to }) => {
    const range = { first: first + from, devices: to - from };
    return gatewayGroups(cohorts, seed, range).count;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Where each of `parts` parts of so many devices begins and ends; none is empty. */
export function partRanges(devices: number, parts: number): { readonly from: number; readonly to: number }[] {
  const count = Math.max(1, Math.min(parts, devices));
  return Array.from({ length: count }, (_, part) => ({
    from: Math.floor((devices * part) / count),
    to: Math.floor((devices * (part + 1)) / count),
  }));
}

/** The name a gateway calls a device by. */
export function nameOf(device: ProvisionedDevice): string {
  return device.name ?? device.id;
}
