/** Ctrl-C twice: the run ends at once, and the server it started does not outlive it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startRpcfleet, temporaryFolder } from "./rpcfleet.ts";

/** A run in good order would still wait a second for replies, write its report and print it. */
const SOON_MS = 5_000;

/** The process of the run's own server, from its log. */
function serverPid(out: string): number {
  const log = readFileSync(join(out, readdirSync(out)[0] as string, "run.log"), "utf8");
  const started = log.split("\n").find((line) => line.includes("server started")) as string;
  return (JSON.parse(started) as { pid: number }).pid;
}

/** False also for a process that has ended and that nobody has asked about yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe.runIf(process.platform === "linux")("a second Ctrl-C", () => {
  it.each([
    ["while calls are made", [], /calls ended/],
    ["while the server is paused", ["--stall", "50s@200ms"], /pausing the server/],
  ])("%s ends the run at once, and its server", async (_, flags, running) => {
    const out = await temporaryFolder();
    const fleet = ["--devices", "20", "--rate", "50", "--duration", "60s", "--latency", "constant(20s)"];
    let signals = 0;
    let server = 0;
    const signal = (): void => {
      signals++;
      child.kill("SIGINT");
    };
    const { child, finished } = startRpcfleet(
      ["run", "two-way-latency", ...fleet, ...flags, "--timeout", "30s", "--json", "--out", out],
      (err) => {
        if (signals === 0 && running.test(err)) {
          server = serverPid(out);
          signal();
        }
        if (signals === 1 && err.includes("Ctrl-C again ends it at once")) signal();
      },
    );
    onTestFinished(() => {
      if (server > 0 && isAlive(server)) process.kill(server, "SIGKILL");
    });
    const { code, out: printed } = await finished;
    expect([code, printed, signals]).toEqual([130, "", 2]);
    await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: SOON_MS });
  });
});
