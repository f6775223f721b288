/** The fleet's own sockets against the real server in this process, seen from both sides. */
import { connectAsync } from "mqtt";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CLIENT_OUTCOMES } from "../protocol/client-call-records.ts";
import { MILLISECOND } from "../protocol/time.ts";
import { RPC_REQUEST_FILTER, readServerRequest, responseTopic } from "../protocol/topic.ts";
import { type LiveServer, startLiveServer } from "../server/testing/live-server.ts";
import { monotonicNow } from "../simulator/clock.ts";
import { Fleet } from "../simulator/fleet/fleet.ts";
import type { RunningFleet } from "../simulator/fleet/fleet-part.ts";
import type { ClientCallPlan, FleetPlan, ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import type { FleetState } from "../simulator/fleet/fleet-state.ts";
import { startFleet } from "../simulator/fleet/start-fleet.ts";
import { RestClient, TargetError } from "../simulator/rest-client.ts";

const RUN_TAG = "test";
const TIMEOUT_MS = 300;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(options: { clientRpcTimeoutMs?: number } = {}): Promise<LiveServer> {
  const live = await startLiveServer({ dialect: "tb-v2", ...options });
  closing.push(() => live.server.close());
  return live;
}

async function provision(live: LiveServer, count: number): Promise<ProvisionedDevice[]> {
  const rest = new RestClient(live.server.httpUrl, "tb-v2");
  closing.push(() => rest.close());
  await rest.login("tenant@thingsboard.org", "tenant");
  return rest.ensureFleet(count, () => undefined);
}

function planOf(live: LiveServer, devices: readonly ProvisionedDevice[], faults: readonly string[] = []): FleetPlan {
  return {
    endpoints: { mqtt: { host: "127.0.0.1", port: live.server.mqttPort } },
    dialect: "tb-v2",
    seed: "7",
    runTag: RUN_TAG,
    devices,
    cohorts: [{ name: "all", weight: 1, latency: "constant(1ms)", faults, reconnect: "fixed(1s)", transport: "mqtt" }],
    qos: 1,
    timeout: TIMEOUT_MS * MILLISECOND,
    keepAliveS: 60,
    connecting: 10,
    connectRate: undefined,
    keepLedger: true,
    firstOrdinal: 0,
    pingFactor: 0.5,
    keepSession: false,
    clientCalls: undefined,
    telemetry: undefined,
    gateways: [],
  };
}

function start(plan: FleetPlan, shards = 1): RunningFleet {
  const fleet = startFleet(plan, shards);
  closing.push(() => fleet.close());
  return fleet;
}

async function call(live: LiveServer, device: ProvisionedDevice, method: string, params: object = {}) {
  const body = JSON.stringify({ method, params, timeout: TIMEOUT_MS });
  const { status, body: reply } = await live.send(`/api/rpc/twoway/${device.id}`, {
    method: "POST",
    token: live.admin,
    body,
  });
  return { status, reply: reply === "" ? undefined : JSON.parse(reply) };
}

describe("a fleet", () => {
  it("answers each caller with its own reply, and writes down what it did", async () => {
    const live = await startServer();
    const devices = await provision(live, 5);
    const fleet = start(planOf(live, devices));
    const seen: number[] = [];
    const state = await fleet.connect(({ connected }) => seen.push(connected));
    expect(state).toMatchObject({ devices: 5, connected: 5, failed: 0 });
    expect(live.server.totals().sessions).toBe(5);

    const answers = await Promise.all(
      devices.map((device, i) => call(live, device, "setValue", { value: i * 10, nonce: `${RUN_TAG}-${i}` })),
    );
    expect(answers).toEqual(
      devices.map((_, i) => ({ status: 200, reply: { value: i * 10, nonce: `${RUN_TAG}-${i}` } })),
    );
    const foreign = await call(live, devices[3] as ProvisionedDevice, "getValue", { nonce: "other-1" });
    expect(foreign.reply).toEqual({ value: 30, nonce: "other-1" });

    const { report } = await fleet.drain(0, 1_000);
    const { ledger } = report;
    const rows = Array.from({ length: ledger.length }, (_, row) => [ledger.call[row], ledger.device[row]]);
    expect(rows.slice(0, 5).sort()).toEqual([0, 1, 2, 3, 4].map((i) => [i, i]));
    expect(rows[5]).toEqual([-1, 3]);
    for (let row = 0; row < ledger.length; row++) {
      expect(ledger.programmedUs[row]).toBe(MILLISECOND);
      const took = (ledger.repliedUs[row] as number) - (ledger.receivedUs[row] as number);
      expect(took).toBeGreaterThanOrEqual(MILLISECOND);
    }
    expect(report).toMatchObject({ lostConnections: 0, faults: [] });
  });

  it("shows each fault on the wire", async () => {
    const live = await startServer();
    const [device] = (await provision(live, 1)) as [ProvisionedDevice];
    const faults = [
      "drop(method=silent)",
      "error(method=broken)",
      "late(method=slow, by=50ms)",
      "disconnect(method=flaky, reconnect=20ms)",
      "drop(method=never)",
    ];
    const fleet = start(planOf(live, [device], faults));
    await fleet.connect(() => undefined);

    expect(await call(live, device, "sound", { a: 1 })).toEqual({ status: 200, reply: { a: 1 } });
    expect((await call(live, device, "silent")).status).toBe(504);
    expect(await call(live, device, "broken")).toEqual({ status: 200, reply: { error: "device failure" } });
    expect((await call(live, device, "slow")).status).toBe(504);
    await vi.waitFor(() => expect(live.server.totals().strays).toMatchObject({ late: 1, duplicate: 0, unknown: 0 }));
    expect((await call(live, device, "flaky")).status).toBe(504);
    await vi.waitFor(async () => expect((await call(live, device, "sound", { b: 2 })).reply).toEqual({ b: 2 }), 5_000);

    const { report } = await fleet.drain(0, 1_000);
    const fired = report.faults.map(({ name, matched, fired: times }) => [name, matched, times]);
    expect(fired).toEqual(faults.map((name) => (name.includes("never") ? [name, 0, 0] : [name, 1, 1])));
    expect([...report.ledger.faults.subarray(0, 5)]).toEqual([0, 1, 2, 4, 8]);
    // A connection that a fault ended is not a lost one.
    expect(report.lostConnections).toBe(0);
  });

  it("in three threads does what it does in one, and tells it as one", async () => {
    const live = await startServer();
    const devices = await provision(live, 7);
    const programmes: string[][] = [];
    for (const shards of [1, 3]) {
      const plan = planOf(live, devices, ["error(p=50%)"]);
      const cohorts = [{ ...(plan.cohorts[0] as FleetPlan["cohorts"][0]), latency: "uniform(1ms, 30ms)" }];
      const fleet = start({ ...plan, cohorts }, shards);
      const seen: number[] = [];
      const state = await fleet.connect((progress) => seen.push(progress.devices));
      expect(state).toMatchObject({ devices: 7, connected: 7, failed: 0 });
      await Promise.all(devices.map((device, i) => call(live, device, "m", { nonce: `${RUN_TAG}-${i}` })));
      const { report, progress } = await fleet.drain(0, 1_000);
      expect(progress.connected).toBe(7);
      const { ledger } = report;
      const rows = Array.from(
        { length: ledger.length },
        (_, row) => `${ledger.device[row]} ${ledger.call[row]} ${ledger.programmedUs[row]} ${ledger.faults[row]}`,
      );
      programmes.push(rows.sort());
      expect(report.faults[0]?.matched).toBe(7);
      await fleet.close();
    }
    expect(programmes[0]).toHaveLength(7);
    expect(programmes[1]).toEqual(programmes[0]);
  });

  it("gives a device's place to MQTT.js with the same token, and only that one", async () => {
    const live = await startServer();
    const devices = (await provision(live, 2)) as [ProvisionedDevice, ProvisionedDevice];
    const fleet = start(planOf(live, devices));
    await fleet.connect(() => undefined);
    expect((await call(live, devices[0], "whoAreYou", { fleet: true })).reply).toEqual({ fleet: true });

    const { mqttPort } = live.server;
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
      username: devices[0].token,
      reconnectPeriod: 0,
    });
    closing.push(() => client.endAsync(true));
    client.on("message", (topic) => {
      client.publish(responseTopic(readServerRequest(topic) as number), '"MQTT.js"', { qos: 1 });
    });
    await client.subscribeAsync(RPC_REQUEST_FILTER, { qos: 1 });
    expect((await call(live, devices[0], "whoAreYou", { fleet: true })).reply).toBe("MQTT.js");
    expect((await call(live, devices[1], "whoAreYou", { fleet: true })).reply).toEqual({ fleet: true });
    const { report } = await fleet.drain(0, 1_000);
    expect([...report.ledger.device.subarray(0, report.ledger.length)]).toEqual([0, 1]);
  });

  it("with a wrong token connects the others and says why", async () => {
    const live = await startServer();
    const [good] = (await provision(live, 1)) as [ProvisionedDevice];
    const fleet = start(planOf(live, [good, { id: good.id, token: "wrong" }]));
    expect(await fleet.connect(() => undefined)).toMatchObject({
      devices: 2,
      connected: 1,
      failed: 1,
      firstFailure: "refused: not authorized",
    });
  });

  it("without a server gives up and names the reason", async () => {
    const live = await startServer();
    const plan = planOf(live, [{ id: "x", token: "A1_TEST_TOKEN" }]);
    await live.server.close();
    expect(await start(plan).connect(() => undefined)).toMatchObject({
      connected: 0,
      failed: 1,
      firstFailure: "ECONNREFUSED",
    });
  });

  it("in two threads, tells while it runs of connections that were lost and faults that began", async () => {
    const live = await startLiveServer({ dialect: "tb-v2" });
    const fleet = start(planOf(live, await provision(live, 4), ["drop(start=0s, stop=1h)"]), 2);
    await fleet.connect(() => undefined);
    const states: FleetState[] = [];
    fleet.watch((state) => states.push(state));
    fleet.begin(monotonicNow());
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ devices: 4, connected: 4, lost: 0 }), 5_000);
    await live.server.close();
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ devices: 4, connected: 0, lost: 4 }), 5_000);
    expect(states.at(-1)?.events).toEqual([{ at: 0, label: "drop(start=0s, stop=1h) begins" }]);
  });

  it("notices that the server closed, and what was lost", async () => {
    const live = await startServer();
    const fleet = new Fleet(planOf(live, await provision(live, 3)));
    closing.push(() => fleet.close());
    await fleet.connect();
    expect(fleet.report(0).lostConnections).toBe(0);
    await live.server.close();
    await vi.waitFor(() => expect(fleet.progress.connected).toBe(0));
    expect(fleet.report(0).lostConnections).toBe(3);
  });
});

describe("a fleet whose devices call", () => {
  /** Calls of devices 0, 1, 0, 1, ... 10 ms apart. */
  function callsOf(method: string, count: number): ClientCallPlan {
    const intendedUs = Float64Array.from({ length: count }, (_, row) => row * 10 * MILLISECOND);
    const devices = Uint32Array.from({ length: count }, (_, row) => row % 2);
    return { method, params: "{}", timeout: 2_000 * MILLISECOND, intendedUs, devices };
  }

  it("tells an answer from an error, and devices still answer their callers", async () => {
    const live = await startServer({ clientRpcTimeoutMs: 50 });
    const devices = await provision(live, 2);
    for (const [method, outcome] of [
      ["getCurrentTime", "ok"],
      ["nobodyKnows", "error"],
    ] as const) {
      const fleet = start({ ...planOf(live, devices), clientCalls: callsOf(method, 10) });
      await fleet.connect(() => undefined);
      const origin = monotonicNow();
      fleet.begin(origin);
      expect((await call(live, devices[0] as ProvisionedDevice, "sound", { a: 1 })).reply).toEqual({ a: 1 });
      const { report } = await fleet.drain(origin, 3_000);
      const columns = report.clientCalls;
      expect([...(columns?.outcome ?? [])].map((code) => CLIENT_OUTCOMES[code])).toEqual(Array(10).fill(outcome));
      for (let row = 0; row < 10; row++) {
        expect(columns?.sentUs[row]).toBeGreaterThanOrEqual(columns?.intendedUs[row] as number);
        expect(columns?.settledUs[row]).toBeGreaterThan(columns?.sentUs[row] as number);
      }
      await fleet.close();
    }
  });

  it("loses what waits when the server goes, and drops what comes after", async () => {
    const live = await startServer();
    const devices = await provision(live, 2);
    const fleet = new Fleet({ ...planOf(live, devices), clientCalls: callsOf("nobodyKnows", 40) });
    closing.push(() => fleet.close());
    await fleet.connect();
    fleet.begin(monotonicNow());
    // While this goes there and back, the first of their own is on its way.
    expect((await call(live, devices[0] as ProvisionedDevice, "sound", { a: 1 })).reply).toEqual({ a: 1 });
    await live.server.close();
    await vi.waitFor(() => expect(fleet.pending).toBe(0), 2_000);
    const outcomes = [...(fleet.report(0).clientCalls?.outcome ?? [])].map((code) => CLIENT_OUTCOMES[code]);
    expect(outcomes.length).toBe(40);
    expect(outcomes[0]).toBe("lost");
    expect(outcomes.at(-1)).toBe("dropped");
    expect(new Set(outcomes)).toEqual(new Set(["lost", "dropped"]));
  });
});

describe("the callers' REST client", () => {
  it("finds on the second run the devices of the first", async () => {
    const live = await startServer();
    const first = await provision(live, 3);
    expect(await provision(live, 3)).toEqual(first);
    expect(new Set(first.map(({ id }) => id)).size).toBe(3);
  });

  it.each([
    ["a wrong password", "tenant@thingsboard.org", "nope", /refused the login of tenant@thingsboard.org: 401/],
    ["an unknown user", "nobody@x.org", "tenant", /refused the login of nobody@x.org: 401/],
  ])("%s is a target error in one line", async (_, user, password, message) => {
    const live = await startServer();
    const rest = new RestClient(live.server.httpUrl, "tb-v2");
    closing.push(() => rest.close());
    const login = rest.login(user, password);
    await expect(login).rejects.toThrow(TargetError);
    await expect(login).rejects.toThrow(message);
  });
});
