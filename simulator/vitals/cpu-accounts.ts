/**
 * What the kernel says of CPU time that was not ours to use: other machines of the same host (steal, /proc/stat) and a control
 * group whose quota was used up (cpu.stat of cgroup v1 or v2). Linux only; elsewhere there is nothing to read.
 */
import { readFileSync } from "node:fs";
import type { Duration } from "../../protocol/time.ts";

/** CPU time of all cores since the machine started, in clock ticks. */
export interface CpuTicks {
  readonly steal: number;
  /** Nobody wanted the core, or only the disk was waited for. */
  readonly idle: number;
  /** Everything, idle and steal included. */
  readonly total: number;
}

const IDLE = 3;
const IO_WAIT = 4;
const STEAL = 7;
/** user nice system idle iowait irq softirq steal; what follows is part of user and nice already. */
const COUNTED = 8;

/** The first line of /proc/stat; undefined when it is not that. */
export function parseCpuTicks(stat: string): CpuTicks | undefined {
  const [name, ...fields] = (stat.split("\n", 1)[0] as string).trim().split(/\s+/);
  const ticks = fields.slice(0, COUNTED).map(Number);
  if (name !== "cpu" || ticks.length < COUNTED || ticks.some(Number.isNaN)) return undefined;
  const idle = (ticks[IDLE] as number) + (ticks[IO_WAIT] as number);
  return { steal: ticks[STEAL] as number, idle, total: ticks.reduce((sum, each) => sum + each, 0) };
}

/** How long a control group has been throttled in all, from its cpu.stat; undefined when it is not said, as in the root group. */
export function parseThrottled(stat: string): Duration | undefined {
  const v2 = /^throttled_usec (\d+)$/m.exec(stat);
  if (v2 !== null) return Number(v2[1]);
  const v1 = /^throttled_time (\d+)$/m.exec(stat);
  return v1 === null ? undefined : Math.round(Number(v1[1]) / 1_000);
}

/** Where this process's cpu.stat may be, the likeliest first, from /proc/self/cgroup. A container may see itself as the root. */
export function throttleFiles(cgroup: string): string[] {
  const root = "/sys/fs/cgroup";
  const files = cgroup.split("\n").flatMap((line) => {
    const [id, controllers = "", path = ""] = line.split(/:(.*?):/);
    if (id === "0" && controllers === "") return [`${root}${path}/cpu.stat`, `${root}/cpu.stat`];
    if (!controllers.split(",").includes("cpu")) return [];
    return [...new Set([controllers, "cpu"])].flatMap((name) => [
      `${root}/${name}${path}/cpu.stat`,
      `${root}/${name}/cpu.stat`,
    ]);
  });
  return [...new Set(files.map((file) => file.replaceAll(/\/{2,}/g, "/")))];
}

/** The text of a small file of the kernel; undefined where there is none. */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
