import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { expect, it, onTestFinished } from "vitest";
import { fixtureRun } from "./fixture.ts";
import { joinCalls } from "./join-calls.ts";
import { readServerAccount } from "./server-account.ts";
import { UnreadableRun } from "./unreadable-run.ts";

function fileOf(bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "rpcfleet-account-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "server.arrow");
  writeFileSync(path, bytes);
  return path;
}

it("counts the server's instants from the run's origin and puts them beside their Calls", () => {
  const origin = 5_000_000_000;
  const table = tableFromArrays({
    call: Int32Array.of(2, -1, 0, 2, 1_000),
    acceptUs: Float64Array.of(origin + 30, origin + 1, origin + 10, origin + 99, origin),
    dispatchUs: Float64Array.of(origin + 31, Number.NaN, Number.NaN, origin + 99, origin),
    settleUs: Float64Array.of(origin + 35, origin + 2, origin + 12, origin + 99, origin),
  });
  const server = readServerAccount(fileOf(tableToIPC(table, "file")), origin);
  if (server instanceof UnreadableRun) throw server;
  const { calls, serverCalls } = joinCalls({ ...fixtureRun(), server });
  const [batch] = calls.batches();
  expect([...(batch?.serverAcceptUs.subarray(0, 3) ?? [])]).toEqual([10, Number.NaN, 30]);
  expect([...(batch?.serverDispatchUs.subarray(0, 3) ?? [])]).toEqual([Number.NaN, Number.NaN, 31]);
  expect([...(batch?.serverSettleUs.subarray(0, 3) ?? [])]).toEqual([12, Number.NaN, 35]);
  // A call that is none of the plan's, a second account of one, and an index beyond the plan.
  expect(serverCalls).toEqual({ matched: 2, unmatched: 3 });
});

it("says so when there is no account to read", () => {
  expect(readServerAccount("/nowhere/server.arrow", 0)).toBeInstanceOf(UnreadableRun);
  expect(readServerAccount(fileOf(new TextEncoder().encode("rubbish")), 0)).toBeInstanceOf(UnreadableRun);
});
