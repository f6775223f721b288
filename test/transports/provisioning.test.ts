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
