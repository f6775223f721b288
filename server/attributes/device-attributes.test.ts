import { describe, expect, it } from "vitest";
import { DeviceAttributes, readKeys } from "./device-attributes.ts";

const ALL = { client: undefined, shared: undefined };
const objectOf = (keys: number, value = "1") =>
  `{${Array.from({ length: keys }, (_, n) => `"k${n}":${value}`).join(",")}}`;

describe("attributes of a device", () => {
  it("are read by scope and key, and keep their digits", () => {
    const attributes = new DeviceAttributes();
    attributes.put("d", "client", '{"a": 9007199254740993, "b": {"c": [1, 2]}, "__proto__": "x"}');
    attributes.put("d", "shared", '{"a": 2.50}');
    expect(attributes.read("d", { client: ["b", "a", "none"], shared: ["none"] })).toBe(
      '{"client":{"b":{"c":[1,2]},"a":9007199254740993}}',
    );
    expect(attributes.read("d", { client: undefined, shared: ["a"] })).toBe('{"shared":{"a":2.50}}');
    expect(attributes.read("d", { client: ["__proto__"], shared: undefined })).toBe('{"client":{"__proto__":"x"}}');
    expect(attributes.read("d", ALL)).toContain('"shared":{"a":2.50}');
  });

  it("are each device's own, the newest value of a key, and gone with the device", () => {
    const attributes = new DeviceAttributes();
    attributes.put("d", "client", '{"a":1,"b":1}');
    attributes.put("d", "client", '{"a":2}');
    expect(attributes.read("d", ALL)).toBe('{"client":{"a":2,"b":1}}');
    expect(attributes.read("other", ALL)).toBe("{}");
    attributes.forget("d");
    expect(attributes.read("d", ALL)).toBe("{}");
  });

  it("are no more than 1,000 and no more than 64 KiB; what is too much changes nothing", () => {
    const attributes = new DeviceAttributes();
    expect(attributes.put("d", "client", objectOf(1_000))).toBe(true);
    expect(attributes.put("d", "shared", '{"one":1}')).toBe(false);
    expect(attributes.put("d", "client", objectOf(1_000, "2"))).toBe(true);
    expect(attributes.read("d", { client: ["k0"], shared: ["one"] })).toBe('{"client":{"k0":2}}');
    const long = JSON.stringify({ k: "x".repeat(65_533) });
    expect(attributes.put("long", "client", long)).toBe(true);
    expect(attributes.put("long", "client", JSON.stringify({ k: "x".repeat(65_534) }))).toBe(false);
    expect(attributes.put("long", "shared", '{"a":1}')).toBe(false);
  });
});

it.each([
  ["a,b", ["a", "b"]],
  ["", undefined],
  [undefined, undefined],
  [5, undefined],
])("the keys %j", (text, keys) => expect(readKeys(text)).toEqual(keys));
