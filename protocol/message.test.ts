import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRequest, encodeRequest, type Json, parseJson } from "./message.ts";

describe("requests on the wire", () => {
  it("come back as they were sent, whatever method and params", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.json(), (method, params) => {
        const value = JSON.parse(params) as Json;
        expect(decodeRequest(encodeRequest(method, params))).toEqual({ kind: "request", method, params: value });
      }),
    );
  });

  it.each([
    ["", "not JSON"],
    ["{", "not JSON"],
    ["null", "not a JSON object"],
    ["[1]", "not a JSON object"],
    ['"text"', "not a JSON object"],
    ["{}", "no method"],
    ['{"method":1}', "no method"],
    ['{"method":null,"params":{}}', "no method"],
  ])("%j is malformed: %s", (payload, reason) => {
    expect(decodeRequest(payload)).toEqual({ kind: "malformed", reason });
  });

  it("absent params are null", () => {
    expect(decodeRequest('{"method":"m"}')).toEqual({ kind: "request", method: "m", params: null });
    expect(decodeRequest('{"method":"m","params":0}')).toEqual({ kind: "request", method: "m", params: 0 });
  });

  it("decoding never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
        expect(["request", "malformed"]).toContain(decodeRequest(payload).kind);
      }),
    );
  });

  it("text that is not JSON is undefined, and null is a value", () => {
    expect(parseJson("nul")).toBeUndefined();
    expect(parseJson("null")).toBeNull();
  });
});
