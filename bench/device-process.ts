/** Devices of one kind in a process of their own: connects them and says what that cost, and its CPU when asked. Needs --expose-gc. */
import { setTimeout as sleep } from "node:timers/promises";
import { type DeviceKind, type DeviceTarget, OPEN_DEVICES } from "./device-kinds.ts";

export interface DeviceProcessOptions extends DeviceTarget {
  readonly kind: DeviceKind;
  /** Connected first, unmeasured, so that code and buffers that all connections share are there. */
  readonly warmUp: number;
  readonly devices: number;
}

export interface ConnectCost {
  readonly kind: "cost";
  /** Per connection. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuUs: number;
}

/** CPU of the process since it began, microseconds. */
export interface CpuSoFar {
  readonly kind: "cpu";
  readonly cpuUs: number;
}

const SETTLE_MS = 300;

async function memoryAtRest(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await sleep(SETTLE_MS);
  }
  return process.memoryUsage();
}

function cpuSince(before?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

process.on("message", () => process.send?.({ kind: "cpu", cpuUs: cpuSince() } satisfies CpuSoFar));
process.once("disconnect", () => process.exit());

const { kind, warmUp, devices, ...target } = JSON.parse(process.argv[2] as string) as DeviceProcessOptions;
const open = OPEN_DEVICES[kind];

await open(target, 0, warmUp);
const before = await memoryAtRest();
const cpuBefore = process.cpuUsage();
await open(target, warmUp, warmUp + devices);
const cpuUs = cpuSince(cpuBefore) / devices;
const after = await memoryAtRest();
const cost: ConnectCost = {
  kind: "cost",
  rssBytes: (after.rss - before.rss) / devices,
  heapBytes: (after.heapUsed - before.heapUsed) / devices,
  cpuUs,
};
process.send?.(cost);
