/**
 * What a device costs the simulator: ours, with all that the fleet keeps of it, between MQTT.js and the least a device on Node's
 * sockets can be. Each kind in a fresh process, on the same stub of a broker.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { descriptorLimit } from "../cli/run/host-facts.ts";
import { type BenchChild, startFile } from "./children.ts";
import type { DeviceKind } from "./device-kinds.ts";
import type { ConnectCost, CpuSoFar, DeviceProcessOptions } from "./device-process.ts";
import { type Row, type Section, spreadOf } from "./figures.ts";
import type { BenchSize } from "./size.ts";
import type { StubCalls, StubMessage } from "./stub-broker.ts";

/** What one kind cost, a value per repetition. */
interface Costs {
  readonly connects: ConnectCost[];
  readonly cpuUsPerCall: number[];
}

type CostsOfKinds = Readonly<Record<DeviceKind, Costs>>;

/** The order in which kinds take their turns. */
const KINDS: readonly DeviceKind[] = ["session", "bare", "mqttjs"];
/** Connected first, unmeasured, and so many again. */
const WARM_UP = 200;
/** Descriptors of a process besides those of its connections. */
const SPARE_DESCRIPTORS = 100;
/** All of 127/8 is this machine on Linux. Spread, no address pair runs short of ports and the search for one stays cheap. */
const HOSTS = [1, 2, 3, 4, 5].map((last) => `127.0.0.${last}`);
/** The broker forgets the connections of the last process in this time. */
const REST_MS = 1_000;
/** As cli/rpcfleet.mjs starts a run, and garbage collection on demand. */
const FLAGS = ["--expose-gc", "--no-memory-reducer", "--no-parallel-scavenge"];
/** Code is compiled by then. */
const CALLS_WARM_UP: StubCalls = { perSecond: 5_000, seconds: 3 };

export async function measureDevices(size: BenchSize, say: (line: string) => void): Promise<Section[]> {
  const broker = startFile("./stub-broker.ts", {});
  const { port } = await broker.next<StubMessage & { kind: "ready" }>("ready");
  const costs: CostsOfKinds = { session: noCosts(), bare: noCosts(), mqttjs: noCosts() };
  const limit = descriptorLimit() ?? Number.POSITIVE_INFINITY;
  const devices = Math.min(size.connections, limit - 2 * WARM_UP - SPARE_DESCRIPTORS);
  const target = { hosts: HOSTS, port, warmUp: WARM_UP };
  for (let repetition = 1; repetition <= size.repetitions; repetition++) {
    for (const kind of KINDS) {
      say(`connecting devices, ${kind}: repetition ${repetition} of ${size.repetitions}`);
      costs[kind].connects.push(await measureConnects({ ...target, kind, devices }));
    }
    for (const kind of KINDS) {
      say(`answering calls, ${kind}: repetition ${repetition} of ${size.repetitions}`);
      const options = { ...target, kind, devices: size.answeringDevices - 2 * WARM_UP };
      costs[kind].cpuUsPerCall.push(await measureCalls(broker, options, size.answeredCalls));
    }
  }
  await broker.stop();
  const limited = devices < size.connections ? `, all that ${limit} descriptors allow,` : "";
  const how = `${devices.toLocaleString("en")} connections${limited} each subscribed once`;
  return [againstMqttJs(costs, size, how), againstBare(costs, size, how)];
}

function noCosts(): Costs {
  return { connects: [], cpuUsPerCall: [] };
}

async function measureConnects(options: DeviceProcessOptions): Promise<ConnectCost> {
  const child = startFile("./device-process.ts", options, FLAGS);
  const cost = await child.next<ConnectCost>("cost");
  await end(child);
  return cost;
}

/** CPU-microseconds of the devices' process per call it answered. */
async function measureCalls(broker: BenchChild, options: DeviceProcessOptions, calls: StubCalls): Promise<number> {
  const child = startFile("./device-process.ts", options, FLAGS);
  await child.next<ConnectCost>("cost");
  await callAll(broker, CALLS_WARM_UP);
  const before = await cpuOf(child);
  await callAll(broker, calls);
  const cpuUs = (await cpuOf(child)) - before;
  await end(child);
  return cpuUs / (calls.perSecond * calls.seconds);
}

async function end(child: BenchChild): Promise<void> {
  await child.stop();
  await sleep(REST_MS);
}

async function callAll(broker: BenchChild, calls: StubCalls): Promise<void> {
  const called = broker.next<StubMessage & { kind: "called" }>("called");
  broker.send(calls);
  const { answered } = await called;
  const planned = calls.perSecond * calls.seconds;
  if (answered < planned) throw new Error(`devices answered ${answered} of ${planned} calls`);
}

async function cpuOf(child: BenchChild): Promise<number> {
  const said = child.next<CpuSoFar>("cpu");
  child.send("cpu");
  return (await said).cpuUs;
}

function againstMqttJs(costs: CostsOfKinds, size: BenchSize, how: string): Section {
  const [memory, heap, connecting, answering] = rowsOf(costs.session, costs.mqttjs);
  const { perSecond, seconds } = size.answeredCalls;
  return {
    repetitions: size.repetitions,
    title: `Devices (${how}; ${size.answeringDevices} of them called ${perSecond} times a second for ${seconds} s)`,
    ours: "our fleet: sessions, behaviours, the account of each call",
    theirs: "MQTT.js 5, default options",
    rows: [{ ...memory, goal: 2 }, heap, { ...connecting, goal: 1.6 }, { ...answering, goal: 2 }],
    notes: ["RSS is growth after garbage collection and leaves out the kernel's socket buffers"],
  };
}

function againstBare(costs: CostsOfKinds, size: BenchSize, how: string): Section {
  const [memory, heap, connecting, answering] = rowsOf(costs.session, costs.bare);
  return {
    repetitions: size.repetitions,
    title: `Devices against the least they can be (${how})`,
    ours: "our fleet, as above",
    theirs: "a bare net.Socket and hand-written packets",
    rows: [{ ...memory, goal: 1 / 1.3 }, heap, connecting, answering],
    notes: [
      "the goal is at most 1.3 times the memory",
      `left out: what a process spends once, whatever its devices; ours ${once(costs.session)}, the bare socket ${once(costs.bare)}`,
    ],
  };
}

function once({ connects }: Costs): string {
  return `${(spreadOf(connects.map(({ fixedRssBytes }) => fixedRssBytes)).median / 1_048_576).toFixed(1)} MiB`;
}

function rowsOf(ours: Costs, theirs: Costs): [Row, Row, Row, Row] {
  const row = (name: string, unit: string, pick: (costs: Costs) => number[]): Row => {
    return { name, unit, better: "less", ours: pick(ours), theirs: pick(theirs) };
  };
  return [
    row("memory", "RSS KiB/device", ({ connects }) => connects.map(({ rssBytes }) => rssBytes / 1_024)),
    row("memory", "heap KiB/device", ({ connects }) => connects.map(({ heapBytes }) => heapBytes / 1_024)),
    row("connecting", "CPU-us/device", ({ connects }) => connects.map(({ cpuUs }) => cpuUs)),
    row("answering", "CPU-us/call", ({ cpuUsPerCall }) => cpuUsPerCall),
  ];
}
