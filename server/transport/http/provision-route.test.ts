/** Provisioning over HTTP, and what becomes of a profile's key (contract 12.4). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type LiveServer, startLiveServer } from "../../testing/live-server.ts";
import { ALLOW, CHECK, profileBody, saveProfile } from "../../testing/provision-profile.ts";
import { newTenant, type RestClient, restClient } from "../../testing/rest-client.ts";

const NOT_FOUND = '{"errorMsg":"Provision data was not found!","status":"NOT_FOUND"}';
const FAILURE = '{"errorMsg":"Failed to provision device!","status":"FAILURE"}';

async function provision({ server }: LiveServer, fields: unknown): Promise<{ status: number; body: string }> {
  const body = typeof fields === "string" ? fields : JSON.stringify(fields);
  const response = await fetch(`${server.httpUrl}/api/v1/provision`, { method: "POST", body });
  expect(response.headers.get("content-type")).toBe("application/json");
  return { status: response.status, body: await response.text() };
}

describe("POST /api/v1/provision", () => {
  let live: LiveServer;
  let admin: RestClient;
  beforeAll(async () => {
    live = await startLiveServer();
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  test("a new device is the profile's, is nobody's, and connects with what it was given", async () => {
    const fields = await saveProfile(live, "meter", ALLOW);
    const reply = await provision(live, { ...fields, deviceName: "Meter 1", gateway: true });
    expect(reply.status).toBe(200);
    const { credentialsValue: token, ...rest } = JSON.parse(reply.body);
    expect(rest).toEqual({ credentialsType: "ACCESS_TOKEN", status: "SUCCESS" });
    const device = (await admin.get("/api/tenant/devices?deviceName=Meter%201")).json;
    expect(device).toMatchObject({ type: "meter", additionalInfo: { gateway: true } });
    expect(device.customerId.id).toBe("13814000-1dd2-11b2-8080-808080808080");
    expect((await live.send(`/api/v1/${token}/telemetry`, { method: "POST", body: '{"a":1}' })).status).toBe(200);
    expect(await provision(live, { ...fields, deviceName: "Meter 1" })).toEqual({ status: 200, body: FAILURE });
  });

  test("a device that was made before gets its credentials; another profile's does not", async () => {
    const fields = await saveProfile(live, "lamp", CHECK);
    await admin.make("/api/device?accessToken=lamp-token", { name: "Lamp 1", type: "lamp" });
    const given = '{"credentialsValue":"lamp-token","credentialsType":"ACCESS_TOKEN","status":"SUCCESS"}';
    expect(await provision(live, { ...fields, deviceName: "Lamp 1" })).toEqual({ status: 200, body: given });
    expect(await provision(live, { ...fields, deviceName: "Test Device A1" })).toEqual({ status: 200, body: FAILURE });
  });

  test("a token that another device has is a failure, and no device stays", async () => {
    const fields = await saveProfile(live, "valve", ALLOW);
    const reply = await provision(live, { ...fields, deviceName: "Valve", token: "A1_TEST_TOKEN" });
    expect(reply).toEqual({ status: 200, body: FAILURE });
    expect((await admin.get("/api/tenant/device?deviceName=Valve")).status).toBe(404);
  });

  test.each([
    ["an unknown key", { provisionDeviceKey: "x", provisionDeviceSecret: "x" }, NOT_FOUND],
    ["no secret", { provisionDeviceKey: "x" }, NOT_FOUND],
    ["no JSON", "{", FAILURE],
    ["no body", "", FAILURE],
  ])("%s is 200 too", async (_name, fields, body) => {
    expect(await provision(live, fields)).toEqual({ status: 200, body });
  });

  test("a profile that does not provision has no secret that opens it", async () => {
    expect(await provision(live, await saveProfile(live, "disabled", "DISABLED"))).toMatchObject({ body: NOT_FOUND });
  });

  test("GET is no method of it", async () => {
    expect((await live.send("/api/v1/provision")).status).toBe(405);
  });

  test("a key belongs to one profile, in whichever tenant; a changed or deleted one opens nothing", async () => {
    const old = await saveProfile(live, "pump", ALLOW);
    const stranger = restClient(live, (await newTenant(live, "Other")).token);
    const copy = { ...profileBody("pump", ALLOW), name: "copy" };
    for (const client of [admin, stranger]) {
      expect((await client.post("/api/deviceProfile", copy)).json).toMatchObject({
        status: 400,
        errorCode: 31,
        message: "Device profile with such provision device key already exists!",
      });
    }
    const { data } = (await admin.get("/api/deviceProfiles?pageSize=10&page=0&textSearch=pump")).json;
    const profileData = { provisionConfiguration: { provisionDeviceSecret: "new" } };
    const changed = { ...data[0], name: "pumps", provisionDeviceKey: "new-key", profileData };
    expect((await admin.post("/api/deviceProfile", changed)).status).toBe(200);
    expect(await provision(live, old)).toMatchObject({ body: NOT_FOUND });
    const fresh = { provisionDeviceKey: "new-key", provisionDeviceSecret: "new", deviceName: "Pump" };
    expect((await provision(live, fresh)).body).toContain("SUCCESS");
    const device = (await admin.get("/api/tenant/devices?deviceName=Pump")).json;
    expect(device).toMatchObject({ type: "pumps", deviceProfileId: data[0].id });
    await admin.delete(`/api/device/${device.id.id}`);
    expect((await admin.delete(`/api/deviceProfile/${data[0].id.id}`)).status).toBe(200);
    expect(await provision(live, fresh)).toMatchObject({ body: NOT_FOUND });
    expect((await stranger.post("/api/deviceProfile", copy)).status).toBe(200);
  });
});

test("a restarted server knows the keys", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "rpcfleet-provision-"));
  onTestFinished(() => rm(dataFolder, { recursive: true }));
  const first = await startLiveServer({ dataFolder });
  const fields = await saveProfile(first, "meter", ALLOW);
  await first.server.close();
  const second = await startLiveServer({ dataFolder });
  onTestFinished(() => second.server.close());
  expect((await provision(second, fields)).body).toContain("SUCCESS");
});

test("Tempus has none", async () => {
  const tempus = await startLiveServer({ dialect: "tempus" });
  onTestFinished(() => tempus.server.close());
  const reply = await tempus.send("/api/v1/provision", { method: "POST", body: "{}" });
  expect(reply.status).not.toBe(200);
});
