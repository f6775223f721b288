/** CPU time of another process, from Linux's /proc. */
import { existsSync, readFileSync } from "node:fs";

/** Clock ticks of /proc are 1/100 s to every program on Linux, whatever the kernel counts in. */
const TICK_US = 10_000;

export const hasProc = existsSync("/proc/self/stat");

/** User and system time of a process and all its threads, microseconds. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field is the command in parentheses and may hold anything; fields 14 and 15 are utime and stime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
