import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../testing/raw-device.ts";
import { type RestClient, restClient } from "../testing/rest-client.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nTUlJQ2Vy\ndGlmaWNhdGU=\n-----END CERTIFICATE-----\n";

describe("credentials", () => {
  let live: LiveServer;
  let admin: RestClient;

  beforeAll(async () => {
    live = await startLiveServer();
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  const connect = (given: { username?: string; password?: Buffer; clientId?: string }) =>
    new RawDevice(live.server.mqttPort).connect(given);
  const device = async (name: string) => {
    const id = await live.deviceId(name);
    return { id, credentials: (await admin.get(`/api/device/${id}/credentials`)).json };
  };

  test("a new token closes the device's connections; the old one opens none", async () => {
    const { credentials } = await device("Test Device A1");
    const connected = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const changed = { ...credentials, credentialsId: "another-token" };
    const reply = await admin.post("/api/device/credentials", changed);
    expect(reply).toMatchObject({ status: 200, json: changed });
    await connected.closed;
    expect(await connect({ username: "A1_TEST_TOKEN" })).toBe(5);
    expect(await connect({ username: "another-token" })).toBe(0);
  });

  test("MQTT basic credentials replace the token and are compared with their password", async () => {
    const { id, credentials } = await device("Test Device A2");
    const value = { clientId: "meter", userName: "user", password: "pass" };
    const credentialsValue = JSON.stringify(value);
    const reply = await admin.post("/api/device/credentials", {
      ...credentials,
      credentialsType: "MQTT_BASIC",
      credentialsId: null,
      credentialsValue,
    });
    const credentialsId = createHash("sha3-256").update("meter|user").digest("hex");
    expect(reply.json).toMatchObject({ credentialsType: "MQTT_BASIC", credentialsId, credentialsValue });
    expect((await admin.get(`/api/device/${id}/credentials`)).json).toEqual(reply.json);
    expect(await connect({ username: "A2_TEST_TOKEN" })).toBe(5);
    const names = { clientId: "meter", username: "user" };
    expect(await connect({ ...names, password: Buffer.from("wrong") })).toBe(5);
    expect(await connect({ ...names, password: Buffer.from("pass") })).toBe(0);
  });

  test("a certificate is found by the hash of its text", async () => {
    const { credentials } = await device("Test Device A3");
    const reply = await admin.post("/api/device/credentials", {
      ...credentials,
      credentialsType: "X509_CERTIFICATE",
      credentialsValue: CERTIFICATE,
    });
    expect(reply.json).toMatchObject({
      credentialsType: "X509_CERTIFICATE",
      credentialsId: createHash("sha3-256").update("TUlJQ2VydGlmaWNhdGU=").digest("hex"),
      credentialsValue: "TUlJQ2VydGlmaWNhdGU=",
    });
    const b1 = await device("Test Device B1");
    const taken = await admin.post("/api/device/credentials", {
      ...b1.credentials,
      credentialsType: "X509_CERTIFICATE",
      credentialsValue: CERTIFICATE,
    });
    expect(taken.json).toMatchObject({
      status: 400,
      errorCode: 31,
      message: "Device credentials are already assigned to another device!",
    });
    expect((await admin.get(`/api/device/${b1.id}/credentials`)).json).toEqual(b1.credentials);
  });

  test("a device comes with its credentials, and keeps nothing when they are refused", async () => {
    const save = (name: string, credentials: unknown) =>
      admin.post("/api/device-with-credentials", { device: { name }, credentials });
    const basic = { credentialsType: "MQTT_BASIC", credentialsValue: '{"userName":"only-user"}' };
    const made = await save("With basic", basic);
    expect((await admin.get(`/api/device/${made.json.id.id}/credentials`)).json).toMatchObject({
      credentialsType: "MQTT_BASIC",
      credentialsId: "only-user",
    });
    for (const refused of [
      basic,
      { credentialsType: "ACCESS_TOKEN", credentialsId: "B1_TEST_TOKEN" },
      { credentialsType: "ACCESS_TOKEN" },
      { credentialsType: "MQTT_BASIC", credentialsValue: "{}" },
      { credentialsType: "LWM2M_CREDENTIALS", credentialsValue: "{}" },
    ]) {
      expect((await save("Without", refused)).json).toMatchObject({ status: 400, errorCode: 31 });
      expect((await admin.get("/api/tenant/device?deviceName=Without")).status).toBe(404);
    }
    const again = await admin.post("/api/device-with-credentials", {
      device: { id: made.json.id, name: "With token" },
      credentials: { credentialsType: "ACCESS_TOKEN", credentialsId: "new-token" },
    });
    expect(again.json).toMatchObject({ id: made.json.id, name: "With token" });
    expect(await connect({ username: "new-token" })).toBe(0);
  });

  test("only the tenant's administrator changes credentials, and only those there are", async () => {
    const { id, credentials } = await device("Test Device C1");
    const customer = restClient(live, await live.login("customerC@thingsboard.org", "customer"));
    expect((await customer.get(`/api/device/${id}/credentials`)).json).toEqual(credentials);
    expect((await customer.post("/api/device/credentials", credentials)).json).toMatchObject({ errorCode: 20 });
    const other = { ...credentials, id: { id: "00000000-0000-4000-8000-000000000000" } };
    expect((await admin.post("/api/device/credentials", other)).status).toBe(400);
  });
});
