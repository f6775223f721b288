/** Devices a run does not make itself: by certificates, by a profile's key and secret, and from a file. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startLiveServer } from "../../server/testing/live-server.ts";
import { ALLOW, saveProfile } from "../../server/testing/provision-profile.ts";
import { rpcfleet, run, temporaryFolder } from "../rpcfleet.ts";

const SMALL = ["--rate", "20", "--duration", "2s", "--latency", "constant(5ms)", "--seed", "7", "--timeout", "5s"];

it("a run of all transports in three threads answers every call, and says who spoke how", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "mixed.yaml");
  const transports = ["mqtt(version=5, topics=v2/p)", "mqtts(auth=x509)", "ws", "http", "coap", "gateway(children=4)"];
  const cohorts = transports.map((transport, i) => ({ name: `c${i}`, latency: "constant(5ms)", transport }));
  const scenario = {
    name: "mixed",
    description: "All transports.",
    dialect: "tb-v2",
    fleet: { devices: 48, cohorts, telemetry: { rate: 50 } },
    call: { method: "getValue" },
    workload: { kind: "open", rate: 20, duration: "2s" },
  };
  await writeFile(file, JSON.stringify(scenario));
  const { summary, folder: made } = await run([file, "--shards", "3", "--seed", "7"]);
  expect(summary.fleet).toMatchObject({ devices: 48, connected: 48, lostConnections: 0 });
  expect(summary.fleet.telemetry).toMatchObject({ refused: 0 });
  expect(summary.fleet.telemetry?.sent).toBeGreaterThan(80);
  expect(summary.counts).toMatchObject({ planned: summary.counts.ok });
  const { out } = await rpcfleet("report", made);
  expect(out).toContain("messages sent");
});

it.each(["http", "mqtt"])("devices provision themselves over %s; a wrong secret is said", async (over) => {
  const live = await startLiveServer({ dialect: "tb-v2" });
  onTestFinished(() => live.server.close());
  const { provisionDeviceKey: key, provisionDeviceSecret: secret } = await saveProfile(live, "meters", ALLOW);
  const target = ["--target", live.server.httpUrl, "--mqtt-port", String(live.server.mqttPort), "--dialect", "tb-v2"];
  const flags = [
    "two-way-latency",
    ...target,
    ...SMALL,
    "--devices",
    "5",
    "--provision-key",
    key,
    "--provision-over",
    over,
  ];
  const { summary } = await run([...flags, "--provision-secret", secret]);
  expect(summary.counts).toMatchObject({ planned: summary.counts.ok });
  expect(summary.command).toContain("--provision-secret ...");
  const devices = await live.send("/api/tenant/devices?pageSize=100&page=0&textSearch=rpcfleet", { token: live.admin });
  const types = (JSON.parse(devices.body) as { data: { type: string }[] }).data.map(({ type }) => type);
  expect(types).toEqual(["meters", "meters", "meters", "meters", "meters"]);
  const wrong = await rpcfleet("run", ...flags, "--provision-secret", "nothing", "--out", await temporaryFolder());
  expect([wrong.code, wrong.err.includes("NOT_FOUND")]).toEqual([4, true]);
});

it("what a transport needs and is not there is a problem, each named once", async () => {
  const { code, err } = await rpcfleet(
    ...[
      "run",
      "--transport",
      "gateway(children=0)",
      "--client-rate",
      "5",
      "--provision-key",
      "k",
      "--telemetry-rate",
      "0",
    ],
  );
  expect(code).toBe(2);
  for (const part of [
    "children must be a whole number",
    "--provision-secret: needed",
    "needs --target",
    "telemetry.rate",
  ])
    expect(err).toContain(part);
  const both = await rpcfleet("run", "--transport", "gateway", "--client-rate", "5");
  expect([both.code, both.err.includes("a gateway drops the answers")]).toEqual([2, true]);
  const ws = await rpcfleet("run", "--transport", "ws", "--target", "http://127.0.0.1:1");
  expect([ws.code, ws.err.includes("--ws-port: needed")]).toEqual([2, true]);
});

it("a file of devices may bring other credentials, and must bring what their cohort needs", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "devices.csv");
  const id = "784f394c-42b6-435a-983c-b7beff2784f9";
  await writeFile(file, `id,clientId,username,password\n${id},c1,u1,p1\n`);
  const target = ["--target", "http://127.0.0.1:1", "--devices-file", file];
  const { code, err } = await rpcfleet("run", ...target, "--transport", "http");
  expect(code).toBe(2);
  expect(err).toContain("1 devices of cohort all, which speaks http, have no access token");
});

it("a fault that has nothing to act on over a transport is a problem", async () => {
  const flags = ["--fault", "drip(100%)", "--fault", "no_ack(100%)", "--fault", "drop(1%)"];
  const { code, err } = await rpcfleet("run", "--transport", "http", ...flags);
  expect(code).toBe(2);
  expect(err).toContain('fault "drip(100%)": makes no sense over http, only over mqtt, mqtts, ws, gateway');
  expect(err).toContain('fault "no_ack(100%)": makes no sense over http');
  expect(err).not.toContain("drop");
});
