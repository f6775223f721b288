/**
 * What one tenant, one customer and the system administrator see of another's: nothing, at any door. The doors are those of the
 * OpenAPI document, so a route that is added without being tried here fails this file.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostileBodies, type Things, toVictim } from "../testing/hostile.ts";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { subscribedDevice } from "../testing/raw-device.ts";
import { activate, newTenant, type RestClient, restClient } from "../testing/rest-client.ts";
import type { OpenApi } from "./openapi-page.ts";

/** Words that occur in the victim's things and nowhere else. */
const SECRET = "Victim";
const PAGE = "pageSize=1000&page=0";

type Method = "get" | "post" | "delete";

let live: LiveServer;
let admin: RestClient;
let things: Things;
let doors: { readonly method: Method; readonly path: string }[];

beforeAll(async () => {
  live = await startLiveServer();
  const victim = await newTenant(live, SECRET);
  admin = restClient(live, victim.token);
  const customer = await admin.make("/api/customer", { title: `${SECRET} customer` });
  const device = await admin.make("/api/device?accessToken=Victim-token", {
    name: `${SECRET} device`,
    type: `${SECRET} type`,
    customerId: { id: customer },
  });
  const call = { method: `${SECRET}Method`, persistent: true, timeout: 60_000 };
  things = {
    tenant: victim.id,
    customer,
    device,
    user: await admin.make("/api/user", {
      email: "Victim-user@example.org",
      authority: "CUSTOMER_USER",
      customerId: { id: customer },
    }),
    profile: await admin.make("/api/deviceProfile", { name: `${SECRET} profile` }),
    dashboard: await admin.make("/api/dashboard", { title: `${SECRET} dashboard` }),
    rpc: (await admin.post(`/api/rpc/twoway/${device}`, call)).json.rpcId,
  };
  const document = JSON.parse((await live.send("/swagger/json")).body) as OpenApi;
  doors = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security?.length !== 0)
      .map(([method]) => ({ method: method as Method, path })),
  );
});
afterAll(() => live.server.close());

/** Everything the victim has, as its own administrator sees it. */
async function everything(): Promise<string> {
  const { device, customer, user, profile, dashboard, rpc, tenant } = things;
  const paths = [
    `/api/device/info/${device}`,
    `/api/device/${device}/credentials`,
    `/api/customer/${customer}`,
    `/api/user/${user}`,
    `/api/user/${user}/activationLink`,
    `/api/deviceProfile/${profile}`,
    `/api/dashboard/${dashboard}`,
    `/api/rpc/persistent/${rpc}`,
    `/api/tenant/${tenant}`,
    ...["tenant/devices", "customers", "users", "deviceProfiles", "tenant/dashboards"].map(
      (it) => `/api/${it}?${PAGE}`,
    ),
  ];
  const bodies: string[] = [];
  for (const path of paths) {
    const reply = await admin.get(path);
    expect([path, reply.status]).toEqual([path, 200]);
    bodies.push(reply.body);
  }
  return bodies.join("\n");
}

const LISTS: { readonly [path: string]: () => string } = {
  "/api/tenant/devices": () => `?${PAGE}`,
  "/api/tenant/deviceInfos": () => `?${PAGE}`,
  "/api/tenant/device": () => `?deviceName=${SECRET}%20device`,
  "/api/devices": () => `?deviceIds=${things.device}`,
  "/api/customers": () => `?${PAGE}`,
  "/api/tenant/customers": () => `?customerTitle=${SECRET}%20customer`,
  "/api/users": () => `?${PAGE}`,
  "/api/tenants": () => `?${PAGE}`,
  "/api/deviceProfiles": () => `?${PAGE}`,
  "/api/tenant/dashboards": () => `?${PAGE}`,
};

/** Doors that are about the caller alone. */
const OWN = [
  "/api/auth/user",
  "/api/auth/logout",
  "/api/auth/changePassword",
  "/api/tenant",
  "/api/device/bulk_import",
];

interface Attempt {
  readonly door: string;
  readonly status: number;
  readonly body: string;
}

/** Tries every door with the victim's ids, names and tokens. */
async function attempts(caller: RestClient): Promise<Attempt[]> {
  const made: Attempt[] = [];
  for (const { method, path } of doors) {
    if (OWN.includes(path)) continue;
    const hasId = path.includes("{");
    if (method !== "post" && !hasId && LISTS[path] === undefined)
      throw new Error(`${method} ${path} is not tried here`);
    const url =
      toVictim(path, things) +
      (LISTS[path]?.() ?? (path.includes("persistent/device") || /devices|Infos/.test(path) ? `?${PAGE}` : ""));
    const bodies =
      method !== "post"
        ? [undefined]
        : path.includes("/rpc/")
          ? [{ method: "m", timeout: 50 }]
          : hostileBodies(path, things);
    for (const body of bodies) {
      const reply = method === "post" ? await caller.post(url, body) : await caller[method](url);
      made.push({ door: `${method} ${path} ${JSON.stringify(body)}`, status: reply.status, body: reply.body });
    }
  }
  return made;
}

describe("another tenant", () => {
  test("its administrator is told 404 or 400 at every door, and nothing changes", async () => {
    const before = await everything();
    const hostile = restClient(live, live.admin);
    const tried = await attempts(hostile);
    expect(tried.length).toBeGreaterThan(40);
    for (const { door, status, body } of tried) {
      expect([door, body.includes(SECRET)]).toEqual([door, false]);
      const listed = Object.keys(LISTS).some((path) => door.startsWith(`get ${path} `));
      const allowed = listed ? [200, 403, 404] : [400, 403, 404];
      expect([door, status, allowed.includes(status)]).toEqual([door, status, true]);
      // Only what nobody but the system administrator may do is a question of the role.
      if (status === 403) expect(door).toMatch(/^get \/api\/tenants /);
    }
    expect(await everything()).toBe(before);
  });

  test("an id of another tenant and one that nobody has get the same words", async () => {
    const hostile = restClient(live, live.admin);
    const nobodys = "00000000-0000-4000-8000-000000000000";
    let compared = 0;
    for (const { method, path } of doors.filter((door) => door.path.includes("{") && door.method !== "post")) {
      const theirs = await hostile[method as "get"](`${toVictim(path, things)}?${PAGE}`);
      const none = await hostile[method as "get"](`${path.replace(/\{\w+\}/g, nobodys)}?${PAGE}`);
      const words = (body: string) => body.replace(/[0-9a-f-]{36}/g, "<id>").replace(/"timestamp":\d+/, "");
      expect([path, theirs.status, words(theirs.body)]).toEqual([path, none.status, words(none.body)]);
      compared++;
    }
    expect(compared).toBeGreaterThan(15);
  });

  test("names and titles are free in each tenant; a bulk import changes only the own devices", async () => {
    const before = await everything();
    const hostile = restClient(live, live.admin);
    const file = `${SECRET} device,import-token\n${SECRET} other,Victim-token\n`;
    const mapping = { columns: [{ type: "NAME" }, { type: "ACCESS_TOKEN" }], update: true };
    expect((await hostile.post("/api/device/bulk_import", { file, mapping })).json).toMatchObject({
      created: 1,
      updated: 0,
      errors: 1,
      errorsList: ["Line 2: Device credentials are already assigned to another device!"],
    });
    for (const [path, body] of [
      ["/api/customer", { title: `${SECRET} customer` }],
      ["/api/deviceProfile", { name: `${SECRET} profile` }],
      ["/api/dashboard", { title: `${SECRET} dashboard` }],
    ] as const) {
      expect((await hostile.post(path, body)).status).toBe(200);
    }
    expect(await everything()).toBe(before);
    const { json } = await hostile.get(`/api/tenant/device?deviceName=${SECRET}%20device`);
    expect(json.id.id).not.toBe(things.device);
  });
});

describe("a requestUUID that another tenant uses", () => {
  test("is as free as any: the call has it, and what becomes of that call is nobody else's", async () => {
    const before = await everything();
    const hostile = restClient(live, live.admin);
    const own = await live.deviceId("Test Device A2");
    const call = { method: "m", persistent: true, timeout: 60_000, requestUUID: things.rpc };
    const made = await hostile.post(`/api/rpc/twoway/${own}`, call);
    expect([made.status, made.json]).toEqual([200, { rpcId: things.rpc }]);
    expect((await hostile.post(`/api/rpc/twoway/${own}`, call)).status).toBe(400);
    expect(await everything()).toBe(before);
    const device = await subscribedDevice(live.server.mqttPort, "A2_TEST_TOKEN");
    await device.answer('"mine"');
    while ((await hostile.get(`/api/rpc/persistent/${things.rpc}`)).json.response !== "mine");
    device.socket.destroy();
    expect(await everything()).toBe(before);
    expect((await hostile.delete(`/api/rpc/persistent/${things.rpc}`)).status).toBe(200);
    expect((await hostile.get(`/api/rpc/persistent/${things.rpc}`)).status).toBe(404);
    expect(await everything()).toBe(before);
  });
});

describe("another customer of the same tenant", () => {
  test("it sees nothing of the other's and changes nothing", async () => {
    const before = await everything();
    const id = await admin.make("/api/customer", { title: "Neighbour" });
    const body = { email: "neighbour@example.org", authority: "CUSTOMER_USER", customerId: { id } };
    const user = await admin.make("/api/user", body);
    const neighbour = restClient(live, await activate(live, admin, user));
    for (const { door, status, body } of await attempts(neighbour)) {
      // Only the tenant of a persistent call is asked for (3.5).
      if (door.startsWith("get /api/rpc/persistent/{rpcId}")) continue;
      // A customer makes devices of any type of its tenant, for itself whatever the body says.
      if (status === 200 && /^post \/api\/device /.test(door)) {
        expect(JSON.parse(body).customerId.id).toBe(id);
        expect((await admin.delete(`/api/device/${JSON.parse(body).id.id}`)).status).toBe(200);
        continue;
      }
      expect([door, body.includes(SECRET)]).toEqual([door, false]);
      if (door.startsWith("get /api/devices ")) expect([status, body]).toEqual([200, "[]"]);
      else expect([door, status, [400, 403, 404].includes(status)]).toEqual([door, status, true]);
    }
    await admin.delete(`/api/customer/${id}`);
    expect(await everything()).toBe(before);
  });
});

describe("the system administrator", () => {
  test("reaches no device, customer, profile, dashboard or call (3.5)", async () => {
    const before = await everything();
    const system = restClient(live, await live.login("sysadmin@thingsboard.org", "sysadmin"));
    let refused = 0;
    for (const { door, status, body } of await attempts(system)) {
      if (/ \/api\/(?:user|tenant)s? | \/api\/(?:user|tenant)\/\{id\}/.test(door)) continue;
      expect([door, status]).toEqual([door, 403]);
      expect(body).not.toContain(SECRET);
      refused++;
    }
    expect(refused).toBeGreaterThan(30);
    // Tenants and their administrators are what it is there for; users of customers are not.
    expect((await system.get(`/api/tenant/${things.tenant}`)).json).toMatchObject({ title: SECRET });
    expect((await system.get(`/api/user/${things.user}`)).status).toBe(404);
    expect((await system.get(`/api/users?${PAGE}`)).body).not.toContain("CUSTOMER_USER");
    const user = { email: "x@example.org", authority: "CUSTOMER_USER", customerId: { id: things.customer } };
    expect((await system.post("/api/user", user)).status).toBe(403);
    expect((await system.post("/api/user", { ...user, authority: "TENANT_ADMIN" })).status).toBe(400);
    expect(await everything()).toBe(before);
  });

  test("only it makes and lists tenants", async () => {
    const tenant = restClient(live, live.admin);
    expect((await tenant.post("/api/tenant", { title: "Mine" })).json).toMatchObject({ status: 403, errorCode: 20 });
    expect((await tenant.get(`/api/tenants?${PAGE}`)).status).toBe(403);
    expect((await tenant.get(`/api/tenant/${things.tenant}`)).status).toBe(404);
    const system = restClient(live, await live.login("sysadmin@thingsboard.org", "sysadmin"));
    expect((await system.get(`/api/tenants?${PAGE}`)).json).toMatchObject({ totalElements: 2 });
    expect((await system.post("/api/tenant", { title: SECRET })).json).toMatchObject({ status: 400, errorCode: 31 });
  });
});

test("a path written with percent signs asks for a token, too", async () => {
  for (const path of [
    "/%61pi/tenant/devices",
    "/api/%74enant/devices?pageSize=1&page=0",
    "/api//tenant/devices",
    "/API/tenant/devices",
  ]) {
    expect([path, [401, 404].includes((await live.send(path)).status)]).toEqual([path, true]);
  }
});
