/** The calls of thingsboard/performance-tests, in its order (contract 12.5, 17). */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { activate, type RestClient, restClient } from "../testing/rest-client.ts";

let live: LiveServer;
let admin: RestClient;

beforeAll(async () => {
  live = await startLiveServer();
  admin = restClient(live, live.admin);
});
afterAll(() => live.server.close());

test("a device profile is saved, found, listed, and deleted when no device has it", async () => {
  const body = { name: "industrial-plc", type: "DEFAULT", profileData: { alarms: [1] }, provisionDeviceKey: "k" };
  const saved = await admin.post("/api/deviceProfile", body);
  expect(saved.json).toMatchObject({ ...body, id: { entityType: "DEVICE_PROFILE" }, default: false });
  const id = saved.json.id.id as string;
  expect((await admin.get(`/api/deviceProfile/${id}`)).json).toEqual(saved.json);
  const page = await admin.get("/api/deviceProfiles?pageSize=10&page=0&textSearch=PLC");
  expect(page.json).toEqual({ data: [saved.json], totalPages: 1, totalElements: 1, hasNext: false });
  expect((await admin.post("/api/deviceProfile", { name: "industrial-plc" })).json).toMatchObject({
    errorCode: 31,
    message: "Device profile with such name already exists!",
  });
  const device = await admin.post("/api/device", { name: "DW00000000", deviceProfileId: saved.json.id });
  expect(device.json).toMatchObject({ type: "industrial-plc", deviceProfileId: { id } });
  expect((await admin.delete(`/api/deviceProfile/${id}`)).status).toBe(400);
  const renamed = await admin.post("/api/deviceProfile", { ...saved.json, name: "plc" });
  expect(renamed.json).toMatchObject({ name: "plc", profileData: { alarms: [1] } });
  expect((await admin.get(`/api/device/${device.json.id.id}`)).json).toMatchObject({ type: "plc" });
  await admin.delete(`/api/device/${device.json.id.id}`);
  expect((await admin.delete(`/api/deviceProfile/${id}`)).status).toBe(200);
  expect((await admin.get(`/api/deviceProfile/${id}`)).status).toBe(404);
});

test("the default profile stays", async () => {
  const { data } = (await admin.get("/api/deviceProfiles?pageSize=1&page=0&textSearch=default")).json;
  expect(data).toMatchObject([{ name: "default", default: true }]);
  expect((await admin.delete(`/api/deviceProfile/${data[0].id.id}`)).json).toMatchObject({
    status: 400,
    message: "Deletion of Default Device Profile is prohibited!",
  });
});

test("a dashboard is stored as it came, listed and deleted", async () => {
  const saved = await admin.post("/api/dashboard", { title: "Boilers", configuration: { widgets: { a: 1 } } });
  expect(saved.json).toMatchObject({ title: "Boilers", name: "Boilers", configuration: { widgets: { a: 1 } } });
  const changed = await admin.post("/api/dashboard", { ...saved.json, title: "All boilers" });
  const { configuration, ...info } = changed.json;
  expect(configuration).toEqual({ widgets: { a: 1 } });
  const page = await admin.get("/api/tenant/dashboards?pageSize=10&page=0");
  expect(page.json).toEqual({ data: [info], totalPages: 1, totalElements: 1, hasNext: false });
  expect((await admin.delete(`/api/dashboard/${info.id.id}`)).status).toBe(200);
  expect((await admin.get(`/api/dashboard/${info.id.id}`)).status).toBe(404);
});

test("a customer and its user, made, activated, used and deleted", async () => {
  const customer = await admin.make("/api/customer", { title: "Load" });
  const body = { email: "load@example.org", authority: "CUSTOMER_USER", customerId: { id: customer } };
  const user = await admin.make("/api/user?sendActivationMail=false", body);
  const caller = restClient(live, await activate(live, admin, user));
  expect((await caller.get("/api/auth/user")).json).toMatchObject({ customerId: { id: customer } });
  expect((await caller.get(`/api/customer/${customer}/devices?pageSize=1&page=0`)).json).toMatchObject({ data: [] });
  expect((await admin.delete(`/api/customer/${customer}`)).status).toBe(200);
  expect((await caller.get("/api/auth/user")).status).toBe(401);
  expect((await admin.get(`/api/user/${user}`)).status).toBe(404);
});

test("devices as it makes them: the token is the name, found by name, deleted", async () => {
  const id = await admin.make("/api/device?accessToken=DW00000001", { name: "DW00000001", type: "default" });
  const found = (await admin.get("/api/tenant/devices?deviceName=DW00000001")).json;
  expect(found).toMatchObject({ id: { id } });
  expect((await admin.get(`/api/device/${id}/credentials`)).json).toMatchObject({ credentialsId: "DW00000001" });
  const both = await admin.post("/api/device-with-credentials", {
    device: { name: "DW00000002" },
    credentials: { credentialsType: "ACCESS_TOKEN", credentialsId: "DW00000002" },
  });
  expect(both.json).toMatchObject({ name: "DW00000002", type: "default" });
  for (const device of [id, both.json.id.id]) expect((await admin.delete(`/api/device/${device}`)).status).toBe(200);
});
