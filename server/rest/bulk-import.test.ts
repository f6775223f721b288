import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { RawDevice } from "../testing/raw-device.ts";
import { type RestClient, restClient } from "../testing/rest-client.ts";

describe("bulk import", () => {
  let live: LiveServer;
  let admin: RestClient;

  beforeAll(async () => {
    live = await startLiveServer();
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  const columns = (...types: string[]) => types.map((type) => ({ type }));
  const load = async (file: string, types: string[], rest: Record<string, unknown> = {}) => {
    const mapping = { columns: columns(...types), delimiter: ",", header: false, update: false, ...rest };
    return (await admin.post("/api/device/bulk_import", { file, mapping })).json;
  };
  const named = async (name: string) => (await admin.get(`/api/tenant/device?deviceName=${name}`)).json;

  test("the contract's example: made once, then changed", async () => {
    const file = "name,type,token\nBoiler8,boiler,boiler-8-token\n";
    const types = ["NAME", "TYPE", "ACCESS_TOKEN"];
    const rest = { header: true, update: true };
    expect(await load(file, types, rest)).toEqual({ created: 1, updated: 0, errors: 0, errorsList: [] });
    expect(await named("Boiler8")).toMatchObject({ type: "boiler" });
    expect(await new RawDevice(live.server.mqttPort).connect({ username: "boiler-8-token" })).toBe(0);
    expect(await load("Boiler8,kettle,another-token", types, { update: true })).toMatchObject({ updated: 1 });
    expect(await named("Boiler8")).toMatchObject({ type: "kettle" });
    expect(await new RawDevice(live.server.mqttPort).connect({ username: "boiler-8-token" })).toBe(5);
  });

  test("lines that cannot be used are counted and named, the others go in", async () => {
    const file = "Good,t1\nTest Device A1,t2\n,t3\nBad,B1_TEST_TOKEN\nAlso good,t4\n";
    expect(await load(file, ["NAME", "ACCESS_TOKEN"])).toEqual({
      created: 2,
      updated: 0,
      errors: 3,
      errorsList: [
        "Line 2: Device with such name already exists!",
        "Line 3: name: Device name should be specified!",
        "Line 4: Device credentials are already assigned to another device!",
      ],
    });
    expect((await admin.get("/api/tenant/device?deviceName=Bad")).status).toBe(404);
  });

  test("credentials of every type, gateways, labels, and columns that are discarded", async () => {
    const types = [
      "NAME",
      "LABEL",
      "IS_GATEWAY",
      "DESCRIPTION",
      "MQTT_CLIENT_ID",
      "MQTT_USER_NAME",
      "MQTT_PASSWORD",
      "X509",
    ];
    const file = 'g1;"first; floor";TRUE;"a ""big"" one";c1;u1;p1;\ng2;;;;;;;TUlJQw==\n';
    expect(await load(file, [...types, "TIMESERIES"], { delimiter: ";" })).toMatchObject({ created: 2, errors: 0 });
    const gateway = await named("g1");
    expect(gateway).toMatchObject({
      label: "first; floor",
      additionalInfo: { gateway: true, description: 'a "big" one' },
    });
    expect((await admin.get(`/api/device/${gateway.id.id}/credentials`)).json).toMatchObject({
      credentialsType: "MQTT_BASIC",
      credentialsValue: '{"clientId":"c1","userName":"u1","password":"p1"}',
    });
    const { id } = (await named("g2")).id;
    expect((await admin.get(`/api/device/${id}/credentials`)).json.credentialsType).toBe("X509_CERTIFICATE");
  });

  test("a thousand lines", async () => {
    const lines = Array.from({ length: 1_000 }, (_, i) => `DW${i},DW${i}`);
    expect(await load(lines.join("\n"), ["NAME", "ACCESS_TOKEN"])).toMatchObject({ created: 1_000, errors: 0 });
    expect((await admin.get("/api/tenant/devices?pageSize=1&page=0&textSearch=DW")).json.totalElements).toBe(1_000);
  });

  test("what is no import is 400; a customer may not", async () => {
    for (const body of [{}, { file: "a" }, { file: "a", mapping: { columns: [] } }]) {
      expect((await admin.post("/api/device/bulk_import", body)).status).toBe(400);
    }
    const customer = restClient(live, await live.login("customer@thingsboard.org", "customer"));
    const body = { file: "x", mapping: { columns: columns("NAME") } };
    expect((await customer.post("/api/device/bulk_import", body)).status).toBe(403);
  });
});
