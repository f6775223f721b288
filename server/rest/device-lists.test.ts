import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";
import { type RestClient, restClient } from "../testing/rest-client.ts";

const PAGE = "pageSize=100&page=0";
const names = (data: readonly { name: string }[]): string[] => data.map(({ name }) => name).sort();

describe("lists of devices", () => {
  let live: LiveServer;
  let admin: RestClient;

  beforeAll(async () => {
    live = await startLiveServer();
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  test("infos tell who is connected and whose a device is, and filter by it", async () => {
    const connected = await subscribedDevice(live.server.mqttPort, "A1_TEST_TOKEN");
    const infos = async (filter: string) => (await admin.get(`/api/tenant/deviceInfos?${PAGE}${filter}`)).json;
    const active = await infos("&active=true");
    expect(active).toMatchObject({ totalElements: 1, totalPages: 1, hasNext: false });
    expect(active.data).toMatchObject([
      {
        name: "Test Device A1",
        active: true,
        customerTitle: "Customer A",
        customerIsPublic: false,
        deviceProfileName: "default",
      },
    ]);
    expect((await infos("&active=false")).totalElements).toBe(8);
    expect(names((await infos("&type=thermostat")).data)).toEqual(["Thermostat T1", "Thermostat T2"]);
    const profile = (await infos("&type=thermostat")).data[0].deviceProfileId.id;
    expect(names((await infos(`&deviceProfileId=${profile}`)).data)).toEqual(["Thermostat T1", "Thermostat T2"]);
    const second = await admin.get(
      "/api/tenant/deviceInfos?pageSize=5&page=1&active=false&sortProperty=name&sortOrder=ASC",
    );
    expect(second.json).toMatchObject({ totalElements: 8, totalPages: 2, hasNext: false });
    expect(second.json.data).toHaveLength(3);
    for (const bad of ["&active=maybe", "&deviceProfileId=x", "&sortProperty=tenantId"]) {
      expect((await admin.get(`/api/tenant/deviceInfos?${PAGE}${bad}`)).status).toBe(400);
    }
    connected.socket.destroy();
  });

  test("a customer's devices, for it and its administrator", async () => {
    const customer = restClient(live, await live.login("customer@thingsboard.org", "customer"));
    const { id } = (await customer.get("/api/auth/user")).json.customerId;
    for (const caller of [admin, customer]) {
      for (const list of ["devices", "deviceInfos"]) {
        const { data } = (await caller.get(`/api/customer/${id}/${list}?${PAGE}`)).json;
        expect(names(data)).toEqual(["Test Device A1", "Test Device A2", "Test Device A3"]);
      }
    }
  });

  test("devices of given ids, those that the caller may see", async () => {
    const ids = await Promise.all(["Test Device A1", "Test Device B1"].map(live.deviceId));
    const path = `/api/devices?deviceIds=${ids.join(",")},00000000-0000-4000-8000-000000000000`;
    expect(names((await admin.get(path)).json)).toEqual(["Test Device A1", "Test Device B1"]);
    const customer = restClient(live, await live.login("customer@thingsboard.org", "customer"));
    expect(names((await customer.get(path)).json)).toEqual(["Test Device A1"]);
    for (const bad of ["", "?deviceIds=", "?deviceIds=x"]) {
      expect((await admin.get(`/api/devices${bad}`)).status).toBe(400);
    }
  });

  test("a taken name is refused, or made unique when that is asked for", async () => {
    const save = (policy: string) => admin.post(`/api/device${policy}`, { name: "Boiler" });
    expect((await save("")).json.name).toBe("Boiler");
    expect((await save("?nameConflictPolicy=FAIL")).json).toMatchObject({ status: 400, errorCode: 31 });
    expect((await save("?nameConflictPolicy=UNIQUIFY")).json.name).toMatch(/^Boiler_[A-Za-z0-9]{6}$/);
    expect((await save("?nameConflictPolicy=UNIQUIFY&uniquifySeparator=-")).json.name).toMatch(
      /^Boiler-[A-Za-z0-9]{6}$/,
    );
    expect((await save("?nameConflictPolicy=OVERWRITE")).status).toBe(400);
  });

  test("a device is saved for a customer, moves with a later save, and stays when that names none", async () => {
    const customerOf = async (title: string) =>
      (await admin.get(`/api/tenant/customers?customerTitle=${encodeURIComponent(title)}`)).json.id;
    const [a, b] = [await customerOf("Customer A"), await customerOf("Customer B")];
    const made = (await admin.post("/api/device", { name: "Moving", customerId: a })).json;
    expect(made.customerId).toEqual(a);
    const save = async (changes: unknown) =>
      (await admin.post("/api/device", { ...Object(changes), id: made.id, name: "Moving" })).json;
    expect((await save({ customerId: b })).customerId).toEqual(b);
    expect((await save({})).customerId).toEqual(b);
    expect((await save({ customerId: { id: "13814000-1dd2-11b2-8080-808080808080" } })).customerId.id).toMatch(
      /^13814000/,
    );
    expect(await save({ customerId: made.id })).toMatchObject({ status: 400 });
    const customer = restClient(live, await live.login("customer@thingsboard.org", "customer"));
    expect((await customer.post("/api/device", { name: "Own", customerId: b })).json.customerId).toEqual(a);
  });
});

test("Tempus pages: limit and pageNum, and its page object", async () => {
  const live = await startLiveServer({ dialect: "tempus" });
  const admin = restClient(live, live.admin);
  const page = async (pageNum: number) => (await admin.get(`/api/tenant/devices?limit=3&pageNum=${pageNum}`)).json;
  const seen: string[] = [];
  for (const pageNum of [0, 1, 2]) {
    const { data, ...rest } = await page(pageNum);
    expect(rest).toEqual({
      page: pageNum,
      totalElements: 7,
      totalPages: 3,
      hasNext: pageNum < 2,
      hasPrevious: pageNum > 0,
    });
    seen.push(...names(data));
  }
  expect(new Set(seen).size).toBe(7);
  expect((await admin.get("/api/customers?limit=10&textSearch=customer%20b")).json).toMatchObject({ totalElements: 1 });
  expect((await admin.get("/api/tenant/devices?limit=0")).status).toBe(400);
  // It knows no ?accessToken=.
  const id = await admin.make("/api/device?accessToken=chosen", { name: "Pump" });
  expect((await admin.get(`/api/device/${id}/credentials`)).json.credentialsId).toMatch(/^[A-Za-z0-9]{20}$/);
  await live.server.close();
});
