import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FILTERS,
  RPC_REQUEST_FILTER,
  readDevicePublish,
  readServerRequest,
  requestTopic,
  responseTopic,
} from "./topic.ts";

const wireId = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("topics", () => {
  it("carry every 32-bit request id there and back", () => {
    fc.assert(
      fc.property(wireId, (requestId) => {
        expect(readServerRequest(requestTopic(requestId))).toBe(requestId);
        expect(readDevicePublish(responseTopic(requestId))).toEqual({ kind: "rpc_response", requestId });
      }),
    );
  });

  it.each([
    ["v1/devices/me/rpc/response/2147483647", { kind: "rpc_response", requestId: 2 ** 31 - 1 }],
    ["v1/devices/me/rpc/response/2147483648", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/-2147483649", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/+1", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/1/2", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/1.0", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/0x1", { kind: "bad_id" }],
    ["v1/devices/me/rpc/request/3", { kind: "client_rpc" }],
    ["v1/devices/me/telemetry", { kind: "data" }],
    ["v1/devices/me/attributes", { kind: "data" }],
    ["v1/devices/me/attributes/request/1", { kind: "data" }],
    ["/v1/devices/me/rpc/response/1", { kind: "unknown" }],
    ["v1/devices/me/telemetry/extra", { kind: "unknown" }],
    ["", { kind: "unknown" }],
  ])("a device's PUBLISH on %j", (topic, meaning) => {
    expect(readDevicePublish(topic)).toEqual(meaning);
  });

  it.each(["v1/devices/me/rpc/request/", "v1/devices/me/rpc/request/x", "v1/devices/me/rpc/response/1", "other"])(
    "the server's PUBLISH on %j is no request",
    (topic) => {
      expect(readServerRequest(topic)).toBeUndefined();
    },
  );

  it("one filter alone brings RPC requests", () => {
    expect([...FILTERS].filter(([, kind]) => kind === "rpc_request")).toEqual([[RPC_REQUEST_FILTER, "rpc_request"]]);
  });
});
