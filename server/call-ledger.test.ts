import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, onTestFinished, test } from "vitest";
import { CallLedger } from "./call-ledger.ts";
import { liveNow } from "./clock.ts";
import { startLiveServer } from "./testing/live-server.ts";
import { subscribedDevice } from "./testing/raw-device.ts";

async function rowsOf(write: (path: string) => void): Promise<Record<string, number>[]> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-ledger-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "server.arrow");
  write(path);
  return tableFromIPC(await readFile(path))
    .toArray()
    .map((row) => row.toJSON() as Record<string, number>);
}

test("a call's row names the call of the plan by its nonce, whatever else its params hold", async () => {
  const ledger = new CallLedger();
  const params = ['{"nonce":"ab-12"}', "null", '{"a":"-1","nonce":"x-7","b":"-3"}', '{"nonce":"7"}', '{"nonce":"a-x"}'];
  for (const [row, text] of params.entries()) ledger.accepted(row, text, 100 + row);
  ledger.dispatched(2, 200);
  ledger.dispatched(2, 300);
  ledger.settled(2, 400);
  const rows = await rowsOf((path) => ledger.write(path));
  expect(rows.map(({ call }) => call)).toEqual([12, -1, 7, -1, -1]);
  expect(rows[2]).toEqual({ call: 7, acceptUs: 102, dispatchUs: 200, settleUs: 400 });
  expect(rows[0]).toMatchObject({ dispatchUs: Number.NaN, settleUs: Number.NaN });
});

test("it grows", async () => {
  const ledger = new CallLedger();
  for (let row = 0; row < 10_000; row++) ledger.accepted(row, `{"nonce":"t-${row}"}`, row);
  const rows = await rowsOf((path) => ledger.write(path));
  expect(rows.map(({ call }) => call)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
});

test("a server with a journal keeps the instants of its calls in order", async () => {
  const live = await startLiveServer({ journal: true });
  const device = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
  const before = liveNow();
  const reply = live.send(`/api/rpc/twoway/${await live.deviceId("Test Device A1")}`, {
    method: "POST",
    token: live.admin,
    body: '{"method":"m","params":{"nonce":"tag-41"}}',
  });
  await device.answer("1");
  await reply;
  const [row] = await rowsOf((path) => live.server.writeLedger(path));
  expect(row?.call).toBe(41);
  const instants = [before, row?.acceptUs, row?.dispatchUs, row?.settleUs, liveNow()];
  expect(instants).toEqual([...instants].sort((a, b) => Number(a) - Number(b)));
  device.socket.destroy();
  await live.server.close();
});
