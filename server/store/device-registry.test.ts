import { createHash, randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { certificateHash, makeCredentials, type WrittenCredentials } from "./credentials.ts";
import { installDemo } from "./demo.ts";
import { DeviceRegistry } from "./device-registry.ts";
import { openSqliteStore } from "./sqlite.ts";
import { type DeviceRow, NULL_UUID, type Store } from "./store.ts";

let store: Store;
let registry: DeviceRegistry;

beforeEach(() => {
  store = openSqliteStore(undefined);
  installDemo(store, "tb");
  registry = new DeviceRegistry(store);
});

function demo(token: string): DeviceRow {
  return store.deviceById(registry.deviceOfToken(token) as string) as DeviceRow;
}

function give(token: string, written: WrittenCredentials): string {
  const device = registry.deviceOfToken(token) as string;
  const credentials = makeCredentials(written);
  if ("problem" in credentials) throw new Error(credentials.problem);
  registry.updateCredentials({ ...credentials, id: randomUUID(), createdTime: 0, deviceId: device });
  return device;
}

function giveBasic(token: string, value: Record<string, string>): string {
  return give(token, { credentialsType: "MQTT_BASIC", credentialsValue: JSON.stringify(value) });
}

/** What a second process would find in the same store says the same as this one. */
function both<T>(ask: (asked: DeviceRegistry) => T): T {
  const answer = ask(registry);
  expect(ask(new DeviceRegistry(store))).toEqual(answer);
  return answer;
}

describe("MQTT basic credentials (6.1)", () => {
  const find = (clientId: string, username?: string, password?: string) =>
    both((asked) => asked.deviceOfMqttBasic({ clientId, username, password }));

  test("the pair wins over the username alone; the client id alone counts without a username", () => {
    const paired = giveBasic("A1_TEST_TOKEN", { clientId: "c", userName: "u", password: "p" });
    const named = giveBasic("A2_TEST_TOKEN", { userName: "u" });
    const identified = giveBasic("A3_TEST_TOKEN", { clientId: "c" });
    expect(find("c", "u", "p")).toEqual({ device: paired });
    expect(find("other", "u", "anything")).toEqual({ device: named });
    expect(find("c")).toEqual({ device: identified });
    expect(find("c", "")).toEqual({ device: identified });
    expect(find("c", "other")).toBeUndefined();
    expect(find("")).toBeUndefined();
    expect(find("", "")).toBeUndefined();
  });

  test("a stored password is compared, and a matching pair with a wrong one is refused", () => {
    const device = giveBasic("A1_TEST_TOKEN", { clientId: "c", userName: "u", password: "p" });
    giveBasic("A2_TEST_TOKEN", { userName: "u" });
    expect(find("c", "u", "q")).toBe("wrong_password");
    expect(find("c", "u")).toBe("wrong_password");
    giveBasic("A3_TEST_TOKEN", { userName: "v", password: "p" });
    expect(find("any", "v", "")).toBe("wrong_password");
    expect(find("c", "u", "p")).toEqual({ device });
  });

  test("the token of before and credentials that were replaced open nothing", () => {
    giveBasic("A1_TEST_TOKEN", { userName: "u" });
    expect(registry.deviceOfToken("A1_TEST_TOKEN")).toBeUndefined();
    registry.delete((find("", "u") as { device: string }).device);
    expect(find("", "u")).toBeUndefined();
  });
});

test("a certificate is found by the hash of its text without PEM lines and newlines", () => {
  const base64 = "TUlJQ2VydGlmaWNhdGU=";
  const pem = `-----BEGIN CERTIFICATE-----\r\n${base64.slice(0, 9)}\n${base64.slice(9)}\n-----END CERTIFICATE-----\n`;
  const device = give("A1_TEST_TOKEN", { credentialsType: "X509_CERTIFICATE", credentialsValue: pem });
  const hash = createHash("sha3-256").update(base64).digest("hex");
  expect(certificateHash(pem)).toBe(hash);
  expect(both((asked) => asked.deviceOfCertificate(hash))).toBe(device);
  expect(both((asked) => asked.deviceOfCertificate("0"))).toBeUndefined();
  expect(store.credentialsOf(device)).toMatchObject({ credentialsId: hash, credentialsValue: base64 });
});

test.each<[WrittenCredentials, string]>([
  [{ credentialsType: "ACCESS_TOKEN", credentialsId: " " }, "Device credentials id should be specified!"],
  [{ credentialsType: "MQTT_BASIC", credentialsValue: "x" }, "Invalid credentials body for simple mqtt credentials!"],
  [{ credentialsType: "MQTT_BASIC", credentialsValue: "{}" }, "Both mqtt client id and user name are empty!"],
  [
    { credentialsType: "MQTT_BASIC", credentialsValue: '{"clientId":"c","password":"p"}' },
    "Password cannot be specified along with client id",
  ],
  [{ credentialsType: "X509_CERTIFICATE" }, "Device credentials value should be specified!"],
])("credentials that cannot be used: %j", (written, problem) => {
  expect(makeCredentials(written)).toEqual({ problem });
});

describe("gateways (8.1)", () => {
  test("a device is a gateway as long as its additionalInfo says so", () => {
    const device = demo("A1_TEST_TOKEN");
    const says = (additionalInfo: string | null): boolean => {
      registry.update({ ...device, additionalInfo });
      return both((asked) => asked.isGateway(device.id));
    };
    expect(says('{"gateway":true}')).toBe(true);
    expect(says('{"gateway":"true"}')).toBe(false);
    expect(says("[1]")).toBe(false);
    expect(says('{"gateway":true}')).toBe(true);
    expect(says(null)).toBe(false);
  });

  test("a child is made once, in the gateway's tenant and for its customer", () => {
    const gateway = demo("A1_TEST_TOKEN");
    const child = registry.findOrCreateChild(gateway.id, "Meter 12", "meter") as string;
    expect(registry.findOrCreateChild(gateway.id, "Meter 12", "other")).toBe(child);
    const { tenantId, customerId } = gateway;
    expect(store.deviceById(child)).toMatchObject({ tenantId, customerId, name: "Meter 12", type: "meter" });
    expect(JSON.parse(store.deviceById(child)?.additionalInfo as string)).toEqual({ lastConnectedGateway: gateway.id });
    expect(registry.ownerOf(child)).toEqual({ tenantId, customerId });
  });

  test("a known device notes its last gateway and keeps the rest", () => {
    const gateway = demo("A1_TEST_TOKEN");
    const known = demo("B1_TEST_TOKEN");
    registry.update({ ...known, additionalInfo: '{"floor":2}' });
    expect(registry.findOrCreateChild(gateway.id, known.name, "x")).toBe(known.id);
    const changed = store.deviceById(known.id) as DeviceRow;
    expect(JSON.parse(changed.additionalInfo as string)).toEqual({ floor: 2, lastConnectedGateway: gateway.id });
    expect(changed.customerId).toBe(known.customerId);
  });

  test("names stay within the tenant; what cannot be made is undefined", () => {
    const tenantId = randomUUID();
    store.tenants.insert({ id: tenantId, title: "Other", createdTime: 0 });
    const other = registry.create({ ...demo("A1_TEST_TOKEN"), tenantId, name: "Gateway" });
    const child = registry.findOrCreateChild(other.id, "Test Device A1", "default") as string;
    expect(store.deviceById(child)?.tenantId).toBe(tenantId);
    for (const name of ["", " ", "x".repeat(256)]) {
      expect(registry.findOrCreateChild(other.id, name, "default")).toBeUndefined();
    }
    expect(registry.findOrCreateChild(randomUUID(), "x", "default")).toBeUndefined();
  });
});

test("a deleted customer's devices are nobody's, the others stay", () => {
  const [a, b] = [demo("A1_TEST_TOKEN"), demo("B1_TEST_TOKEN")];
  const customer = store.customers.byId(a.customerId);
  if (customer === undefined) throw new Error("no customer");
  registry.deleteCustomer(customer);
  expect(both((asked) => asked.ownerOf(a.id))).toEqual({ tenantId: a.tenantId, customerId: NULL_UUID });
  expect(both((asked) => asked.ownerOf(b.id))).toEqual({ tenantId: b.tenantId, customerId: b.customerId });
  expect(store.users.byEmail("customerA@thingsboard.org")).toBeUndefined();
  expect(store.users.byEmail("customerB@thingsboard.org")).toBeDefined();
});
