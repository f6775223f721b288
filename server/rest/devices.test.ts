import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice, subscribedDevice } from "../testing/raw-device.ts";

const JSON_TYPE = { "content-type": "application/json" };

describe("devices", () => {
  let live: LiveServer;
  const post = (path: string, body: unknown, token: string | undefined = live.admin) =>
    live.send(path, { method: "POST", token, headers: JSON_TYPE, body: JSON.stringify(body) });
  const get = async (path: string, token: string = live.admin) => {
    const reply = await live.send(path, { token });
    return { status: reply.status, json: JSON.parse(reply.body) };
  };

  beforeAll(async () => {
    live = await startLiveServer();
  });
  afterAll(() => live.server.close());

  test("a device is made with the token it was given, found, and named once", async () => {
    const reply = await post("/api/device?accessToken=boiler-7-token", { name: "Boiler 7", type: "boiler" });
    const device = JSON.parse(reply.body);
    expect(device).toMatchObject({
      id: { entityType: "DEVICE" },
      customerId: { entityType: "CUSTOMER", id: "13814000-1dd2-11b2-8080-808080808080" },
      name: "Boiler 7",
      type: "boiler",
      label: null,
      additionalInfo: null,
    });
    const id = device.id.id as string;
    expect((await get(`/api/device/${id}`)).json).toEqual(device);
    expect((await get(`/api/device/${id.toUpperCase()}`)).json).toEqual(device);
    expect((await get("/api/tenant/devices?deviceName=Boiler%207")).json).toEqual(device);
    expect((await get(`/api/device/${id}/credentials`)).json).toMatchObject({
      deviceId: { id },
      credentialsType: "ACCESS_TOKEN",
      credentialsId: "boiler-7-token",
      credentialsValue: null,
    });
    const again = await post("/api/device", { name: "Boiler 7" });
    expect(again.status).toBe(400);
    expect(JSON.parse(again.body)).toMatchObject({ errorCode: 31, message: "Device with such name already exists!" });
    const taken = await post("/api/device?accessToken=boiler-7-token", { name: "Boiler 8" });
    expect(taken.status).toBe(400);
    expect((await get("/api/tenant/devices?deviceName=Boiler%208")).status).toBe(404);
  });

  test("without a token it gets twenty letters and digits; with an id it is an update", async () => {
    const made = JSON.parse((await post("/api/device", { name: "Plain" })).body);
    const path = `/api/device/${made.id.id}`;
    expect((await get(`${path}/credentials`)).json.credentialsId).toMatch(/^[A-Za-z0-9]{20}$/);
    const changed = await post("/api/device", { id: made.id, name: "Plainer", additionalInfo: { gateway: true } });
    expect(changed.status).toBe(200);
    expect((await get(path)).json).toMatchObject({ name: "Plainer", additionalInfo: { gateway: true } });
  });

  test("unknown, not an id, not a device, not JSON", async () => {
    const id = "00000000-0000-4000-8000-000000000000";
    const unknown = await get(`/api/device/${id}`);
    expect(unknown.json).toMatchObject({ status: 404, errorCode: 32, message: `Device with id [${id}] is not found` });
    expect((await get("/api/device/x")).json).toMatchObject({ status: 400, errorCode: 31 });
    expect((await post("/api/device", { type: "x" })).status).toBe(400);
    const text = { method: "POST", token: live.admin, body: "x" } as const;
    expect((await live.send("/api/device", { ...text, headers: JSON_TYPE })).status).toBe(400);
    expect((await live.send("/api/device", { ...text, headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect((await live.send("/api/tenant/devices", { ...text, method: "PUT" })).status).toBe(405);
    expect((await get("/api/nothing")).status).toBe(404);
  });

  test("pages are complete and do not overlap", async () => {
    const names: string[] = [];
    for (let page = 0; ; page++) {
      const path = `/api/tenant/devices?pageSize=2&page=${page}&textSearch=test%20device&sortProperty=name&sortOrder=ASC`;
      const { json } = await get(path);
      expect(json).toMatchObject({ totalElements: 5, totalPages: 3, hasNext: page < 2 });
      names.push(...json.data.map((device: { name: string }) => device.name));
      if (!json.hasNext) break;
    }
    expect(names).toEqual(["A1", "A2", "A3", "B1", "C1"].map((name) => `Test Device ${name}`));
    for (const bad of ["pageSize=0&page=0", "pageSize=1&page=-1", "page=0"]) {
      expect((await get(`/api/tenant/devices?${bad}`)).status).toBe(400);
    }
  });

  test("a customer sees its own devices, the system administrator none", async () => {
    const customer = await live.login("customer@thingsboard.org", "customer");
    const own = await live.deviceId("Test Device A1");
    expect((await get(`/api/device/info/${own}`, customer)).json).toMatchObject({ customerTitle: "Customer A" });
    const refused = { status: 403, errorCode: 20, message: "You don't have permission to perform this operation!" };
    expect((await get(`/api/device/${await live.deviceId("Test Device B1")}`, customer)).json).toMatchObject(refused);
    expect((await get("/api/tenant/devices?pageSize=1&page=0", customer)).json).toMatchObject(refused);
    const system = await live.login("sysadmin@thingsboard.org", "sysadmin");
    expect((await get(`/api/device/${own}`, system)).json).toMatchObject(refused);
  });

  test("deleting a device closes its connection, and its token opens no other", async () => {
    const device = JSON.parse((await post("/api/device?accessToken=short-lived", { name: "Short-lived" })).body);
    const path = `/api/device/${device.id.id}`;
    const connected = await subscribedDevice(live.server.mqttPort, "short-lived");
    expect((await get(`/api/device/info/${device.id.id}`)).json.active).toBe(true);
    expect((await live.send(path, { method: "DELETE", token: live.admin })).status).toBe(200);
    await connected.closed;
    expect((await get(path)).status).toBe(404);
    expect(await new RawDevice(live.server.mqttPort).connect({ username: "short-lived" })).toBe(5);
  });

  test("the token, then the declared size, then the role, then the body (4.3)", async () => {
    const small = await startLiveServer({ maxPayloadBytes: 1_000 });
    const customer = await small.login("customer@thingsboard.org", "customer");
    const answer = async (token: string | undefined, length: number) => {
      const body = "x".repeat(length);
      return (await small.send("/api/customer", { method: "POST", token, headers: JSON_TYPE, body })).status;
    };
    expect(await answer(undefined, 1_001)).toBe(401);
    expect(await answer(customer, 1_001)).toBe(413);
    expect(await answer(customer, 1_000)).toBe(403);
    expect(await answer(small.admin, 1_000)).toBe(400);
    expect((await small.send("/api/nothing")).status).toBe(401);
    await small.server.close();
  });

  test("health and version need no token", async () => {
    expect(JSON.parse((await live.send("/api/noauth/health")).body)).toEqual({ status: "UP" });
    expect(JSON.parse((await live.send("/api/noauth/version")).body)).toMatchObject({ server: "rpcfleet" });
  });
});
