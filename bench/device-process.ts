/** Devices of one kind in a process of their own: connects them and says what that cost, and its CPU when asked. Needs --expose-gc. */
import { setTimeout as sleep } from "node:timers/promises";
import { type DeviceKind, type DeviceTarget, OPEN_DEVICES } from "./device-kinds.ts";

export interface DeviceProcessOptions extends DeviceTarget {
  readonly kind: DeviceKind;
  /**
   * Connected first, unmeasured, so that code and buffers that all connections share are there; and so many again, to see what is
   * spent once, however many devices there are.
   */
  readonly warmUp: number;
  readonly devices: number;
}

export interface ConnectCost {
  readonly kind: "cost";
  /** Per connection. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuUs: number;
  /** Spent once, whatever the number of connections. */
  readonly fixedRssBytes: number;
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
const first = await memoryAtRest();
await open(target, warmUp, 2 * warmUp);
const before = await memoryAtRest();
const cpuBefore = process.cpuUsage();
await open(target, 2 * warmUp, 2 * warmUp + devices);
const cpuUs = cpuSince(cpuBefore) / devices;
const after = await memoryAtRest();
/** What the devices cost beyond what as many as the warm-up's cost, for each. */
const perDevice = (pick: (memory: NodeJS.MemoryUsage) => number): number =>
  (pick(after) - 2 * pick(before) + pick(first)) / (devices - warmUp);
const rssBytes = perDevice(({ rss }) => rss);
const cost: ConnectCost = {
  kind: "cost",
  rssBytes,
  heapBytes: perDevice(({ heapUsed }) => heapUsed),
  cpuUs,
  fixedRssBytes: before.rss - first.rss - warmUp * rssBytes,
};
process.send?.(cost);
