import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";
import { type RestClient, restClient } from "../testing/rest-client.ts";

const NOBODY = "13814000-1dd2-11b2-8080-808080808080";
const PAGE = "pageSize=100&page=0";

describe("customers", () => {
  let live: LiveServer;
  let admin: RestClient;

  beforeAll(async () => {
    live = await startLiveServer();
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  test("a customer is made, named once, changed, found and listed", async () => {
    const made = await admin.post("/api/customer", { title: "Water works", additionalInfo: { floor: 2 } });
    expect(made.json).toMatchObject({
      id: { entityType: "CUSTOMER" },
      title: "Water works",
      additionalInfo: { floor: 2 },
    });
    const { id } = made.json.id;
    expect((await admin.get(`/api/customer/${id}`)).json).toEqual(made.json);
    expect((await admin.get("/api/tenant/customers?customerTitle=Water%20works")).json).toEqual(made.json);
    expect((await admin.get("/api/tenant/customers?customerTitle=None")).status).toBe(404);
    expect((await admin.post("/api/customer", { title: "Water works" })).json).toMatchObject({
      status: 400,
      errorCode: 31,
    });
    expect((await admin.post("/api/customer", { title: " " })).status).toBe(400);
    expect((await admin.post("/api/customer", { id: { id }, title: "Gas works" })).json).toMatchObject({
      title: "Gas works",
    });
    const list = await admin.get(`/api/customers?${PAGE}&sortProperty=title&sortOrder=ASC`);
    const titles = list.json.data.map(({ title }: { title: string }) => title);
    expect(titles).toEqual(["Customer A", "Customer B", "Customer C", "Gas works"]);
  });

  test("assigning and unassigning decides at once who may call", async () => {
    const caller = await live.login("customerB@thingsboard.org", "customer");
    const { customerId } = (await restClient(live, caller).get("/api/auth/user")).json;
    const device = await live.deviceId("DHT11 Demo Device");
    const call = async () => {
      const options = { method: "POST", token: caller, body: '{"method":"m","timeout":50}' } as const;
      return (await live.send(`/api/rpc/oneway/${device}`, options)).status;
    };
    expect(await call()).toBe(403);
    const given = await admin.post(`/api/customer/${customerId.id}/device/${device}`);
    expect(given.json).toMatchObject({ id: { id: device }, customerId });
    expect(await call()).toBe(504);
    const own = await restClient(live, caller).get(`/api/customer/${customerId.id}/devices?${PAGE}`);
    expect(own.json.data.map(({ name }: { name: string }) => name).sort()).toEqual([
      "DHT11 Demo Device",
      "Test Device B1",
    ]);
    const taken = await admin.delete(`/api/customer/device/${device}`);
    expect(taken.json).toMatchObject({ customerId: { id: NOBODY } });
    expect(await call()).toBe(403);
    expect((await admin.delete(`/api/customer/device/${device}`)).status).toBe(400);
  });

  test("a deleted customer's devices stay, unassigned; calls of its users end", async () => {
    const caller = await live.login("customerC@thingsboard.org", "customer");
    const { customerId } = (await restClient(live, caller).get("/api/auth/user")).json;
    const device = await live.deviceId("Test Device C1");
    expect((await admin.delete(`/api/customer/${customerId.id}`)).status).toBe(200);
    expect((await admin.get(`/api/device/${device}`)).json).toMatchObject({ customerId: { id: NOBODY } });
    const options = { method: "POST", token: caller, body: '{"method":"m","timeout":50}' } as const;
    expect((await live.send(`/api/rpc/oneway/${device}`, options)).status).toBe(401);
    expect((await admin.get(`/api/customer/${customerId.id}`)).status).toBe(404);
  });

  test("a public device is called with the public customer's id alone, and nothing is changed with it", async () => {
    const device = await live.deviceId("Raspberry Pi Demo Device");
    const connected = await subscribedDevice(live.server.mqttPort, "RASPBERRY_PI_DEMO_TOKEN");
    const nobody = restClient(live, undefined);
    const login = (publicId: string) => nobody.post("/api/auth/login/public", { publicId });
    const made = await admin.post(`/api/customer/public/device/${device}`);
    const publicId = made.json.customerId.id as string;
    expect((await admin.get(`/api/device/info/${device}`)).json).toMatchObject({
      active: true,
      customerTitle: "Public",
      customerIsPublic: true,
    });
    const pair = (await login(publicId)).json;
    expect(JSON.parse(Buffer.from(pair.token.split(".")[1], "base64url").toString())).toMatchObject({
      sub: publicId,
      isPublic: true,
      scopes: ["CUSTOMER_USER"],
      customerId: publicId,
    });
    const anyone = restClient(live, (await nobody.post("/api/auth/token", pair)).json.token);
    const call = anyone.post(`/api/rpc/twoway/${device}`, { method: "m" });
    await connected.answer("17");
    expect((await call).body).toBe("17");
    expect((await anyone.get(`/api/customer/${publicId}/devices?${PAGE}`)).json).toMatchObject({ totalElements: 1 });
    expect((await anyone.get(`/api/device/${await live.deviceId("Test Device A1")}`)).status).toBe(403);
    for (const refused of [
      anyone.post("/api/device", { name: "By nobody" }),
      anyone.get(`/api/device/${device}/credentials`),
      anyone.delete(`/api/device/${device}`),
      anyone.get(`/api/tenant/devices?${PAGE}`),
    ]) {
      expect((await refused).json).toMatchObject({ status: 403, errorCode: 20 });
    }
    // A second public device is the same customer's.
    const other = await admin.post(`/api/customer/public/device/${await live.deviceId("DHT11 Demo Device")}`);
    expect(other.json.customerId.id).toBe(publicId);
    connected.socket.destroy();
    await admin.delete(`/api/customer/${publicId}`);
    expect((await anyone.get(`/api/device/${device}`)).status).toBe(401);
    expect((await login(publicId)).json).toMatchObject({
      status: 401,
      errorCode: 10,
      message: "Invalid username or password",
    });
  });

  test("public login with what is not public", async () => {
    const nobody = restClient(live, undefined);
    const customer = (await admin.get("/api/tenant/customers?customerTitle=Customer%20A")).json.id.id;
    for (const [publicId, message] of [
      [customer, "Invalid username or password"],
      ["x", "Invalid username or password"],
      [" ", "Authentication failed"],
      [5, "Authentication failed"],
    ]) {
      expect((await nobody.post("/api/auth/login/public", { publicId })).json).toMatchObject({
        errorCode: 10,
        message,
      });
    }
  });
});
