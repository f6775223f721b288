/** The fleet's transports on real sockets against the real server: what each can do, alone and mixed. */
import { describe, expect, it, vi } from "vitest";
import { CLIENT_OUTCOMES } from "../../protocol/client-call-records.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { RUN_TAG, startLiveFleet } from "./live-fleet.ts";

const MQTT = [
  "mqtt",
  "mqtt(version=5)",
  "mqtt(version=3)",
  "mqtt(topics=v2)",
  "mqtt(topics=v2/j)",
  "mqtt(topics=v2/p)",
];
const ALL = [
  ...MQTT,
  "ws",
  "ws(version=5, topics=v2/p)",
  "mqtts",
  "mqtts(version=5)",
  "http",
  "coap",
  "gateway(children=3)",
];

/** Behaviours answer `{"ok":...}`-like objects; the nonce names the Call. */
const nonce = (call: number): object => ({ nonce: `${RUN_TAG}-${call}` });

describe.each(ALL)("devices that speak %s", (transport) => {
  it("answer their callers one after the other, and are written down", async () => {
    const { fleet, call, live } = await startLiveFleet({ devices: 5, transports: [transport] });
    expect(fleet.progress).toMatchObject({ devices: 5, connected: 5, failed: 0 });
    for (let round = 0; round < 3; round++) {
      const replies = await Promise.all(
        [0, 1, 2, 3, 4].map((device) => call(device, "getValue", nonce(round * 5 + device))),
      );
      expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(replies[3]?.body).toContain(`${RUN_TAG}-${round * 5 + 3}`);
    }
    const { ledger } = fleet.report(0);
    expect(ledger.length).toBe(15);
    expect([...ledger.call.subarray(0, 15)].sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(live.server.totals().strays).toMatchObject({ late: 0, duplicate: 0, unknown: 0 });
  });

  it("answer several calls that wait at once", async () => {
    const { call, fleet } = await startLiveFleet({ devices: 1, transports: [transport] });
    const replies = await Promise.all([1, 2, 3, 4].map((number) => call(0, "getValue", nonce(number))));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(fleet.report(0).ledger.length).toBe(4);
  });

  it("come back when a fault took their connection", async () => {
    const { fleet, call } = await startLiveFleet({
      devices: 2,
      transports: [transport],
      cohort: { faults: ["disconnect(100%, reconnect=50ms)"] },
    });
    void call(0, "getValue");
    await vi.waitFor(() => expect(fleet.progress.connected).toBe(1));
    await vi.waitFor(() => expect(fleet.progress.connected).toBe(2));
    expect(fleet.report(0).lostConnections).toBe(0);
  });

  it("send telemetry in their turns, and say how much", async () => {
    const telemetry = { period: 20 * MILLISECOND, payload: '{"temperature":21.5}' };
    const { fleet } = await startLiveFleet({ devices: 3, transports: [transport], plan: { telemetry } });
    await vi.waitFor(() => expect(fleet.report(0).telemetry?.sent).toBeGreaterThan(9));
    fleet.endClientCalls({ plannedUntil: 0, interrupted: false });
    expect(fleet.report(0).telemetry?.refused).toBe(0);
    expect(fleet.progress.connected).toBe(3);
  });
});

describe.each(ALL.filter((transport) => !transport.startsWith("gateway")))("devices that call over %s", (transport) => {
  it("hear the server's answers", async () => {
    const clientCalls = {
      method: "getCurrentTime",
      params: "{}",
      timeout: 2 * SECOND,
      intendedUs: Float64Array.from([0, 1, 2, 3], (ms) => ms * MILLISECOND),
      devices: Uint32Array.of(0, 1, 0, 1),
    };
    const { fleet } = await startLiveFleet({ devices: 2, transports: [transport], plan: { clientCalls } });
    await vi.waitFor(() => expect(fleet.pending).toBe(0));
    const { clientCalls: columns } = fleet.report(0);
    expect(Array.from(columns?.outcome ?? [], (code) => CLIENT_OUTCOMES[code])).toEqual(["ok", "ok", "ok", "ok"]);
  });
});

it("a fleet of all transports answers as one, with the delays of its seed", async () => {
  const { fleet, call, plan } = await startLiveFleet({
    devices: 52,
    transports: ALL,
    cohort: { latency: "lognormal(p50=5ms, p99=20ms)" },
  });
  expect(fleet.progress).toMatchObject({ connected: 52, failed: 0 });
  const calls = Array.from({ length: 52 }, (_, device) => call(device, "getValue", nonce(device)));
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200));
  const mixed = delaysOf(fleet.report(0).ledger);
  expect(plan.gateways.length).toBeGreaterThan(0);

  const alone = await startLiveFleet({
    devices: 52,
    transports: ["mqtt"],
    cohort: { latency: "lognormal(p50=5ms, p99=20ms)" },
  });
  await Promise.all(Array.from({ length: 52 }, (_, device) => alone.call(device, "getValue", nonce(device))));
  expect(delaysOf(alone.fleet.report(0).ledger)).toEqual(mixed);
});

/** Programmed delay of each call, by its index. */
function delaysOf(ledger: { length: number; call: Int32Array; programmedUs: Float64Array }): number[] {
  const rows = Array.from({ length: ledger.length }, (_, row) => row);
  rows.sort((a, b) => (ledger.call[a] as number) - (ledger.call[b] as number));
  return rows.map((row) => ledger.programmedUs[row] as number);
}
