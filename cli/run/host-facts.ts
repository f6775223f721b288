/** What the machine is, and whether it can hold so many connections. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import type { HostFacts } from "../../reports/run-record.ts";

const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;

export function readHostFacts(k6: string | undefined): HostFacts {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    platform: `${type()} ${release()}`,
    node: process.version,
    rpcfleet: VERSION,
    k6,
  };
}

/** Most file descriptors this process may open (Node raises its soft limit to the hard one); undefined when unknown. */
export function descriptorLimit(): number | undefined {
  try {
    const text = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
    return text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text);
  } catch {
    return undefined;
  }
}

/** Descriptors used besides device sockets: files, pipes, REST connections. */
const SPARE_DESCRIPTORS = 200;

/** Why this machine cannot hold `sockets` sockets of devices and `connections` callers' connections in one process; undefined when it can. */
export function descriptorProblem(sockets: number, connections: number): string | undefined {
  const limit = descriptorLimit();
  const needed = sockets + connections + SPARE_DESCRIPTORS;
  if (limit === undefined || needed <= limit) return undefined;
  return `this needs ${needed} file descriptors and the limit is ${limit}; raise it with: ulimit -n ${needed}`;
}
