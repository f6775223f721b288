import { expect, test } from "vitest";
import { readServerOptions } from "./options.ts";

test("no options is a total value with both ThingsBoard families", () => {
  const settings = readServerOptions({});
  expect(settings).toMatchObject({
    host: "127.0.0.1",
    httpPort: 8080,
    mqttPort: 1883,
    dataFolder: undefined,
    drainTimeoutMs: 2_000,
    keepAliveTimeoutMs: 120_000,
    maxPayloadBytes: 16_777_216,
  });
  expect(settings.families.map(({ name, wall, minTimeout }) => [name, wall, minTimeout])).toEqual([
    ["tb-v1", 30_000_000, 5_000_000],
    ["tb-v2", 30_000_000, 5_000_000],
  ]);
});

test("overrides reach every family, and a wall of 0 is none", () => {
  const { families } = readServerOptions({ dialect: "tb-v1", wallMs: 0, minTimeoutMs: 7, defaultTimeoutMs: 9 });
  for (const family of families) {
    expect(family).toMatchObject({ wall: undefined, minTimeout: 7_000, defaultTimeout: 9_000 });
  }
  expect(readServerOptions({ dialect: "tempus", wallMs: 5 }).families).toMatchObject([{ name: "tempus", wall: 5_000 }]);
});

test("message limits are texts of a count and seconds; none by default", () => {
  const { tenantMessageLimits, deviceMessageLimits } = readServerOptions({ deviceMessageLimits: "10:1,60:60" });
  expect([tenantMessageLimits.length, deviceMessageLimits.length]).toEqual([0, 2]);
  for (const name of ["tenant", "device", "gateway", "gatewayDevice"]) {
    expect(() => readServerOptions({ [`${name}MessageLimits`]: "10" })).toThrow(`${name}MessageLimits: must be like`);
  }
});

test("an unknown option is a mistake", () => {
  expect(() => readServerOptions({ htpPort: 1 } as object)).toThrow(/htpPort/);
});
