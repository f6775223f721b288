/**
 * Two-way calls through our server and through the hand-written one, each with both kinds of devices: what the server does and
 * what the devices do can be told apart. The same closed-loop caller drives every combination in turn.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import { seedFrom } from "../protocol/random.ts";
import { SECOND } from "../protocol/time.ts";
import { planTargets } from "../scenarios/arrivals.ts";
import { PLAIN_HABITS, plainKind } from "../simulator/caller/call-batch.ts";
import { runNative } from "../simulator/caller/native.ts";
import { monotonicNow } from "../simulator/clock.ts";
import type { ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import type { BaselineDevicesOptions } from "./baseline/devices.ts";
import type { BaselineServerOptions } from "./baseline/server.ts";
import { type BenchChild, startFile } from "./children.ts";
import { cpuUs } from "./cpu.ts";
import type { Row, Section } from "./figures.ts";
import { connectFleet, RUN_TAG } from "./our-fleet.ts";
import type { BenchServer, ServerReady } from "./our-side.ts";
import type { BenchSize } from "./size.ts";

const TIMEOUT = 5 * SECOND;

/** One server with one kind of devices, and what was measured of it, a value per repetition. */
export interface Pairing {
  readonly server: BenchServer;
  readonly devices: readonly ProvisionedDevice[];
  readonly callsPerSecond: number[];
  readonly serverCpuUs: number[];
}

export async function measureTwoWay(ours: BenchServer, size: BenchSize, say: (line: string) => void): Promise<Section> {
  const baseline = await startBaseline(size.devices * 2);
  const pairings = {
    oursFleet: pairing(ours, 0, size),
    baseMqttJs: pairing(baseline.server, 1, size),
    baseFleet: pairing(baseline.server, 0, size),
    oursMqttJs: pairing(ours, 1, size),
  };
  const fleets = [
    await connectFleet(ours, pairings.oursFleet.devices),
    await connectFleet(baseline.server, pairings.baseFleet.devices),
  ];
  const mqttJs = [await connectMqttJs(pairings.oursMqttJs), await connectMqttJs(pairings.baseMqttJs)];
  let failed = 0;
  // Repetition 0 warms every process up and is thrown away.
  for (let repetition = 0; repetition <= size.repetitions; repetition++) {
    say(`two-way calls: ${repetition === 0 ? "warming up" : `repetition ${repetition} of ${size.repetitions}`}`);
    for (const each of Object.values(pairings)) failed += await measureOnce(each, size, repetition > 0);
    for (const fleet of fleets) await fleet.drain(0, 1_000);
  }
  for (const fleet of fleets) await fleet.close();
  for (const child of [...mqttJs, baseline.child]) await child.stop();
  const { callers, devices, closedSeconds } = size;
  return {
    repetitions: size.repetitions,
    title: `Two-way calls (closed loop, ${callers} callers, ${devices} devices, ${closedSeconds} s a repetition)`,
    ours: "rpcfleet serve, our fleet",
    theirs: "hand-written fastify + aedes, MQTT.js devices",
    rows: rowsOf(pairings),
    notes: [failed === 0 ? "every call was answered" : `${failed} calls were not answered properly`],
  };
}

function rowsOf(pairings: Readonly<Record<"oursFleet" | "baseMqttJs" | "baseFleet" | "oursMqttJs", Pairing>>): Row[] {
  const { oursFleet, baseMqttJs, baseFleet, oursMqttJs } = pairings;
  const rate = (name: string, our: Pairing, their: Pairing): Row => {
    return { name, unit: "calls/s", better: "more", ours: our.callsPerSecond, theirs: their.callsPerSecond };
  };
  const cpu = (name: string, our: Pairing, their: Pairing): Row => {
    return { name, unit: "server CPU-us/call", better: "less", ours: our.serverCpuUs, theirs: their.serverCpuUs };
  };
  return [
    { ...rate("whole", oursFleet, baseMqttJs), goal: 1 },
    cpu("whole", oursFleet, baseMqttJs),
    rate("server alone (our fleet on both)", oursFleet, baseFleet),
    cpu("server alone (our fleet on both)", oursFleet, baseFleet),
    rate("server alone (MQTT.js on both)", oursMqttJs, baseMqttJs),
    cpu("server alone (MQTT.js on both)", oursMqttJs, baseMqttJs),
    rate("devices alone (our server)", oursFleet, oursMqttJs),
    rate("devices alone (their server)", baseFleet, baseMqttJs),
  ];
}

export function pairing(server: BenchServer, half: 0 | 1, { devices }: BenchSize): Pairing {
  const mine = server.devices.slice(half * devices, (half + 1) * devices);
  return { server, devices: mine, callsPerSecond: [], serverCpuUs: [] };
}

/** Calls for a head and a measured stretch; returns how many calls did not end well. */
export async function measureOnce(
  { server, devices, callsPerSecond, serverCpuUs }: Pairing,
  size: BenchSize,
  keep: boolean,
) {
  const head = size.headSeconds * SECOND;
  const measured = size.closedSeconds * SECOND;
  const caller = runNative(closedBatch(server, devices, size), () => undefined);
  await caller.ready;
  const origin = await caller.start();
  const until = (at: number): Promise<void> => sleep(Math.max(0, (origin + at - monotonicNow()) / 1_000));
  await until(head);
  const from = monotonicNow() - origin;
  const cpuFrom = cpuUs(server.pid);
  await until(head + measured);
  const to = monotonicNow() - origin;
  const cpu = cpuUs(server.pid) - cpuFrom;
  const { settledUs, outcome, mismatched, length } = await caller.result;
  let calls = 0;
  let failed = 0;
  for (let row = 0; row < length; row++) {
    const at = settledUs[row] as number;
    if (at >= from && at < to) calls++;
    if (outcome[row] !== OUTCOME_CODE.ok || mismatched[row] === 1) failed++;
  }
  if (keep) {
    callsPerSecond.push((calls / (to - from)) * SECOND);
    serverCpuUs.push(cpu / calls);
  }
  return failed;
}

/** Callers begin again after so many. */
const CLOSED_TARGETS = 65_536;

function closedBatch(server: BenchServer, devices: readonly ProvisionedDevice[], size: BenchSize) {
  return {
    url: server.url,
    dialect: "tb-v1",
    token: server.token,
    kinds: [plainKind(`{"method":"echo","timeout":5000,"params":{"nonce":"${RUN_TAG}-`, 2 * TIMEOUT)],
    habits: PLAIN_HABITS,
    runTag: RUN_TAG,
    seed: "bench",
    deviceIds: devices.map(({ id }) => id),
    intendedUs: new Float64Array(0),
    targets: planTargets({ seed: seedFrom("bench"), firstCall: 0, count: CLOSED_TARGETS, devices: devices.length }),
    kindOf: new Uint8Array(CLOSED_TARGETS),
    firstCall: 0,
    step: 0,
    connections: size.callers,
    // A little longer than the measured stretch, so that its end is as busy as its middle.
    closed: {
      callers: size.callers,
      duration: (size.headSeconds + size.closedSeconds + 0.2) * SECOND,
      think: undefined,
    },
  } as const;
}

async function startBaseline(count: number): Promise<{ child: BenchChild; server: BenchServer }> {
  const devices = Array.from({ length: count }, (_, i) => {
    return { id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`, token: `bench-${i}` };
  });
  const options: BaselineServerOptions = { bearer: "bench", devices };
  const child = startFile("./baseline/server.ts", options);
  const { httpUrl: url, mqttPort } = await child.next<ServerReady>("ready");
  return { child, server: { pid: child.pid, url, mqttPort, token: options.bearer, devices } };
}

async function connectMqttJs({ server, devices }: Pairing): Promise<BenchChild> {
  const tokens = devices.map(({ token }) => token);
  const options: BaselineDevicesOptions = { url: `mqtt://127.0.0.1:${server.mqttPort}`, tokens };
  const child = startFile("./baseline/devices.ts", options);
  await child.next<{ kind: "ready" }>("ready");
  return child;
}
