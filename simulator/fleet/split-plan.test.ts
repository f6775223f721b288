import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLedgerColumns } from "../../protocol/call-records.ts";
import { createClientCallColumns } from "../../protocol/client-call-records.ts";
import { seedFrom } from "../../protocol/random.ts";
import type { FleetReport } from "./fleet.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import { countGateways } from "./gateway-groups.ts";
import { joinProgress, joinReports, splitPlan } from "./split-plan.ts";

const CALLERS = [4, 0, 9, 4, 2, 7];

function planOf(devices: number, firstOrdinal = 0): FleetPlan {
  return {
    endpoints: { mqtt: { host: "127.0.0.1", port: 1883 } },
    dialect: "tb-v2",
    seed: "7",
    runTag: "t",
    devices: Array.from({ length: devices }, (_, i) => ({ id: `d${i}`, token: `t${i}` })),
    firstOrdinal,
    cohorts: [],
    qos: 1,
    timeout: 1,
    keepAliveS: 60,
    pingFactor: 0.5,
    keepSession: false,
    connecting: 100,
    connectRate: 50,
    keepLedger: true,
    clientCalls: {
      method: "m",
      params: "{}",
      timeout: 1,
      intendedUs: Float64Array.from(CALLERS, (_, row) => row * 10),
      devices: Uint32Array.from(CALLERS),
    },
    telemetry: undefined,
    gateways: [],
  };
}

describe("a plan in parts", () => {
  it("every device and every call of a device is in exactly one part, with the ordinal it had", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(100),
        (devices, parts, first) => {
          const plan = planOf(devices, first);
          const split = splitPlan(plan, parts);
          expect(split).toHaveLength(Math.min(parts, devices));
          const placed = split.flatMap((part) => part.devices.map(({ id }, i) => [part.firstOrdinal + i, id]));
          expect(placed).toEqual(plan.devices.map(({ id }, i) => [first + i, id]));
          expect(split.every((part) => part.devices.length > 0)).toBe(true);
          const rate = split.reduce((sum, { connectRate }) => sum + (connectRate as number), 0);
          expect(rate).toBeCloseTo(50);
        },
      ),
    );
  });

  it("each part has the calls of its own devices, in order", () => {
    const calls = splitPlan(planOf(10), 3).map(({ clientCalls }) => [
      [...(clientCalls?.devices ?? [])],
      [...(clientCalls?.intendedUs ?? [])],
    ]);
    expect(calls).toEqual([
      [
        [0, 2],
        [10, 40],
      ],
      [
        [4, 4],
        [0, 30],
      ],
      [
        [9, 7],
        [20, 50],
      ],
    ]);
  });
});

function reportOf(part: number, intended: readonly number[]): FleetReport {
  const ledger = createLedgerColumns(2);
  ledger.length = 1;
  ledger.device[0] = part;
  const clientCalls = createClientCallColumns(Float64Array.from(intended));
  clientCalls.outcome.fill(part);
  const faults = [{ name: "f", matched: 10 + part, fired: part }];
  const telemetry = { sent: 10 * part, refused: part };
  const behaviourErrors = [{ method: "m", message: "broken", device: 10 - part, at: 100 - part, count: part }];
  return {
    requests: part,
    pending: part,
    ledger,
    connectMs: 100 * part,
    lostConnections: part,
    reconnects: 10 * part,
    refusedConnections: part,
    awayAtEnd: 1,
    faults,
    clientCalls,
    telemetry,
    behaviourErrors,
    events: [{ at: 1, label: "f begins" }],
  };
}

it("each part has gateways of its own, as many as the whole was counted to need", () => {
  const cohorts = ["mqtt", "gateway(children=4)"].map((transport, index) => ({
    name: `cohort-${index}`,
    weight: 1,
    latency: "constant(1ms)",
    faults: [],
    reconnect: "none",
    transport,
  }));
  const range = { first: 0, devices: 50, parts: 3 };
  const count = countGateways(cohorts, seedFrom("7"), range);
  const gateways = Array.from({ length: count }, (_, i) => ({ id: `g${i}`, token: `g${i}` }));
  const parts = splitPlan({ ...planOf(50), cohorts, gateways }, 3);
  expect(parts.flatMap((part) => part.gateways)).toEqual(gateways);
  for (const part of parts) expect(part.gateways.length).toBeGreaterThan(0);
});

it("reports of parts are one report: rows joined, counts added, the slowest connecting", () => {
  const joined = joinReports([reportOf(1, [5, 30]), reportOf(2, [10])]);
  expect(joined).toMatchObject({
    requests: 3,
    pending: 3,
    connectMs: 200,
    lostConnections: 3,
    reconnects: 30,
    refusedConnections: 3,
    awayAtEnd: 2,
    events: [{ at: 1, label: "f begins" }],
    faults: [{ name: "f", matched: 23, fired: 3 }],
  });
  expect(joined.telemetry).toEqual({ sent: 30, refused: 3 });
  expect(joined.behaviourErrors).toEqual([{ method: "m", message: "broken", device: 8, at: 98, count: 3 }]);
  expect([...joined.ledger.device.subarray(0, joined.ledger.length)]).toEqual([1, 2]);
  expect([...(joined.clientCalls?.intendedUs ?? [])]).toEqual([5, 10, 30]);
  expect([...(joined.clientCalls?.outcome ?? [])]).toEqual([1, 2, 1]);
});

it("the first failure of any part is told", () => {
  const part = { devices: 2, connected: 1, failed: 1, firstFailure: undefined };
  expect(joinProgress([part, { ...part, firstFailure: "refused" }])).toEqual({
    devices: 4,
    connected: 2,
    failed: 2,
    firstFailure: "refused",
  });
});
