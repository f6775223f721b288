import { describe, expect, test } from "vitest";
import type { Credentials } from "../store/credentials.ts";
import type { NewDevice } from "../store/device-registry.ts";
import { ConflictError } from "../store/store.ts";
import { createProvision, type ProvisionContext } from "./provision.ts";

const NOT_FOUND = { errorMsg: "Provision data was not found!", status: "NOT_FOUND" };
const FAILURE = { errorMsg: "Failed to provision device!", status: "FAILURE" };
const STORED: Credentials = { credentialsType: "ACCESS_TOKEN", credentialsId: "stored", credentialsValue: null };

/** One profile of each kind, with a key of its name and the secret `s`; the tenant has the device `known` of the profile `check`. */
function world() {
  const made: { device: NewDevice; credentials: Credentials }[] = [];
  const logged: unknown[] = [];
  const log = (...said: unknown[]): void => void logged.push(said);
  const types = { allow: "ALLOW_CREATE_NEW_DEVICES", check: "CHECK_PRE_PROVISIONED_DEVICES" } as const;
  const context: ProvisionContext = {
    profiles: {
      byProvisionKey: (key, secret) =>
        secret === "s" && (key === "allow" || key === "check")
          ? { id: `id of ${key}`, tenantId: "t", name: key, type: types[key] }
          : undefined,
    },
    devices: {
      deviceByName: (_tenant, name) =>
        name === "known" || name === "other"
          ? { id: name, deviceProfileId: name === "known" ? "id of check" : "p" }
          : undefined,
      credentialsOf: () => STORED,
      create: (device, credentials) => {
        if (credentials.credentialsId === "taken") throw new ConflictError("access_token");
        if (credentials.credentialsId === "broken") throw new Error("disk full");
        made.push({ device, credentials });
      },
    },
    logger: { info: log, error: log },
  };
  const provision = createProvision(context);
  const ask = (fields: unknown) => {
    const { kind, success, body } = provision(typeof fields === "string" ? fields : JSON.stringify(fields));
    return { kind, success, json: JSON.parse(body), body };
  };
  return { ask, made, logged };
}

const allow = { provisionDeviceKey: "allow", provisionDeviceSecret: "s" };
const check = { provisionDeviceKey: "check", provisionDeviceSecret: "s" };

describe("making devices", () => {
  test("a device of the profile is made for nobody, with a random token", () => {
    const { ask, made } = world();
    const { kind, success, body } = ask({ ...allow, deviceName: " new " });
    const token = made[0]?.credentials.credentialsId as string;
    expect(token).toMatch(/^[A-Za-z0-9]{20}$/);
    expect({ kind, success }).toEqual({ kind: "answered", success: true });
    expect(body).toBe(`{"credentialsValue":"${token}","credentialsType":"ACCESS_TOKEN","status":"SUCCESS"}`);
    const customerId = "13814000-1dd2-11b2-8080-808080808080";
    const device = { tenantId: "t", customerId, name: "new", type: "allow", label: null, additionalInfo: null };
    expect(made).toMatchObject([{ device }]);
  });

  test.each([[{}], [{ deviceName: null }], [{ deviceName: "" }]])("%j: the name is random", (fields) => {
    const { ask, made } = world();
    ask({ ...allow, ...fields });
    ask({ ...allow, ...fields });
    const names = made.map(({ device }) => device.name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(new Set(names).size).toBe(2);
  });

  test.each([
    [{ gateway: true }, '{"gateway":true}'],
    [{ gateway: "true" }, '{"gateway":true}'],
    [{ gateway: false }, null],
    [{ gateway: null }, null],
  ])("%j: additionalInfo %s", (fields, additionalInfo) => {
    const { ask, made } = world();
    ask({ ...allow, ...fields });
    expect(made[0]?.device.additionalInfo).toBe(additionalInfo);
  });

  test.each([
    ["a token", { token: "mine" }, "ACCESS_TOKEN", "mine"],
    ["a token and its type", { credentialsType: "ACCESS_TOKEN", token: "mine" }, "ACCESS_TOKEN", "mine"],
    ["a number as token", { token: 42 }, "ACCESS_TOKEN", "42"],
    [
      "MQTT basic, as an object",
      { credentialsType: "MQTT_BASIC", clientId: "c", username: "u", password: "p" },
      "MQTT_BASIC",
      { clientId: "c", userName: "u", password: "p" },
    ],
    [
      "MQTT basic without the rest",
      { credentialsType: "MQTT_BASIC", username: "u", password: null },
      "MQTT_BASIC",
      { clientId: null, userName: "u", password: null },
    ],
    ["a certificate", { credentialsType: "X509_CERTIFICATE", hash: "TUlJ\n" }, "X509_CERTIFICATE", "TUlJ"],
  ])("credentials: %s", (_name, fields, credentialsType, credentialsValue) => {
    const { ask, made } = world();
    expect(ask({ ...allow, ...fields }).json).toEqual({ credentialsValue, credentialsType, status: "SUCCESS" });
    expect(made[0]?.credentials.credentialsType).toBe(credentialsType);
  });

  test("a type without credentials of any type is a random token", () => {
    const { json } = world().ask({ ...allow, credentialsType: "MQTT_BASIC" });
    expect(json).toMatchObject({ credentialsType: "ACCESS_TOKEN", status: "SUCCESS" });
  });

  test.each([
    ["a device that is there", { deviceName: "known" }],
    ["a blank name", { deviceName: "  " }],
    ["a name that is too long", { deviceName: "x".repeat(256) }],
    ["credentials of another type", { credentialsType: "MQTT_BASIC", token: "mine" }],
    ["a password without a username", { credentialsType: "MQTT_BASIC", clientId: "c", password: "p" }],
    ["a token another device has", { token: "taken" }],
    ["a database that fails", { token: "broken" }],
  ])("%s is a failure, and nothing is made", (_name, fields) => {
    const { ask, made } = world();
    expect(ask({ ...allow, ...fields })).toMatchObject({ kind: "answered", success: false, json: FAILURE });
    expect(made).toEqual([]);
  });
});

describe("devices that are there already", () => {
  test("one of the profile gets its credentials, as often as it asks", () => {
    const { ask, made } = world();
    for (let asked = 0; asked < 2; asked++) {
      const { success, json } = ask({ ...check, deviceName: "known", token: "another" });
      expect({ success, ...json }).toMatchObject({ success: true, credentialsValue: "stored", status: "SUCCESS" });
    }
    expect(made).toEqual([]);
  });

  test.each([[{ deviceName: "other" }], [{ deviceName: "unknown" }], [{}]])(
    "%j: not one of the profile's is a failure",
    (fields) => {
      expect(world().ask({ ...check, ...fields })).toMatchObject({ kind: "answered", json: FAILURE });
    },
  );
});

describe("requests that open nothing", () => {
  test.each([
    ["an unknown key", { ...allow, provisionDeviceKey: "x" }, "answered", NOT_FOUND],
    ["a wrong secret", { ...allow, provisionDeviceSecret: "x" }, "answered", NOT_FOUND],
    ["no key", { provisionDeviceSecret: "s" }, "wrong_shape", NOT_FOUND],
    ["an empty secret", { ...allow, provisionDeviceSecret: "" }, "wrong_shape", NOT_FOUND],
    ["a secret that is null", { ...allow, provisionDeviceSecret: null }, "wrong_shape", NOT_FOUND],
    ["another type", { ...allow, credentialsType: "PASSPORT" }, "wrong_shape", FAILURE],
    ["an object as name", { ...allow, deviceName: {} }, "wrong_shape", FAILURE],
    ["an array", [allow], "malformed", FAILURE],
    ["no JSON", '{"provisionDeviceKey":', "malformed", FAILURE],
    ["nothing", "", "malformed", FAILURE],
  ])("%s", (_name, fields, kind, json) => {
    const { ask, made } = world();
    expect(ask(fields)).toMatchObject({ kind, success: false, json });
    expect(made).toEqual([]);
  });
});

test("no key, secret or credentials are logged", () => {
  const { ask, logged } = world();
  const secrets = { provisionDeviceKey: "allow", provisionDeviceSecret: "s", token: "confidential" };
  ask(secrets);
  ask({ ...secrets, token: "broken" });
  expect(logged).toHaveLength(2);
  const text = JSON.stringify(logged);
  for (const secret of ["confidential", '"allow"', '"s"']) expect(text).not.toContain(secret);
});
