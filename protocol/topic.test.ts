import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FILTERS,
  type FilterMeaning,
  filterOf,
  RPC_REQUEST_FILTER,
  readDevicePublish,
  readServerRequest,
  readServerResponse,
  requestTopic,
  responseTopic,
  TEMPUS_FILTERS,
} from "./topic.ts";

const wireId = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("topics", () => {
  it("carry every 32-bit request id there and back", () => {
    fc.assert(
      fc.property(wireId, (requestId) => {
        expect(readServerRequest(requestTopic(requestId))).toBe(requestId);
        expect(readServerResponse(responseTopic(requestId))).toBe(requestId);
        expect(readServerResponse(requestTopic(requestId))).toBeUndefined();
        expect(readDevicePublish(responseTopic(requestId))).toEqual({
          kind: "rpc_response",
          requestId,
          protobuf: false,
        });
      }),
    );
  });

  it.each([
    ["v1/devices/me/rpc/response/2147483647", { kind: "rpc_response", requestId: 2 ** 31 - 1, protobuf: false }],
    ["v2/r/res/7", { kind: "rpc_response", requestId: 7, protobuf: false }],
    ["v2/r/res/j/7", { kind: "rpc_response", requestId: 7, protobuf: false }],
    ["v2/r/res/p/7", { kind: "rpc_response", requestId: 7, protobuf: true }],
    ["v2/r/res/x/7", { kind: "bad_id" }],
    ["v2/r/res/j/", { kind: "bad_id" }],
    ["v2/r/req/7", { kind: "client_rpc", protobuf: false }],
    ["v2/r/req/p/7", { kind: "client_rpc", protobuf: true }],
    ["v2/t", { kind: "json_data" }],
    ["v2/t/j", { kind: "json_data" }],
    ["v2/t/p", { kind: "data" }],
    ["v2/a", { kind: "json_data" }],
    ["v2/a/req/j/1", { kind: "json_data" }],
    ["v2/a/req/p/1", { kind: "data" }],
    ["v2/fw/request/1/chunk/0", { kind: "data" }],
    ["v2/sw/request/1/chunk/0", { kind: "data" }],
    ["v2/fw/request/1/chunk", { kind: "unknown" }],
    ["v1/devices/me/claim", { kind: "data" }],
    ["v1/devices/me/rpc/response/2147483648", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/-2147483649", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/+1", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/1/2", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/1.0", { kind: "bad_id" }],
    ["v1/devices/me/rpc/response/0x1", { kind: "bad_id" }],
    ["v1/devices/me/rpc/request/3", { kind: "client_rpc", protobuf: false }],
    ["v1/devices/me/telemetry", { kind: "json_data" }],
    ["v1/devices/me/attributes", { kind: "json_data" }],
    ["v1/devices/me/attributes/request/1", { kind: "json_data" }],
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

  it("four filters bring RPC requests, each on its own topics; Tempus has one", () => {
    const bring = (filters: ReadonlyMap<string, FilterMeaning>) =>
      [...filters].flatMap(([filter, family]) => (family === "other" ? [] : [[filter, requestTopic(5, family)]]));
    expect(bring(FILTERS)).toEqual([
      [RPC_REQUEST_FILTER, "v1/devices/me/rpc/request/5"],
      ["v2/r/req/j/+", "v2/r/req/j/5"],
      ["v2/r/req/p/+", "v2/r/req/p/5"],
      ["v2/r/req/+", "v2/r/req/5"],
    ]);
    expect(bring(TEMPUS_FILTERS)).toEqual([[RPC_REQUEST_FILTER, "v1/devices/me/rpc/request/5"]]);
  });

  it("every filter of the contract is on the list, and nothing else", () => {
    const families = ["", "/j", "/p"].flatMap((f) => [
      `v2/r/req${f}/+`,
      `v2/r/res${f}/+`,
      `v2/a${f}`,
      `v2/a/res${f}/+`,
    ]);
    const v1 = ["rpc/request/+", "rpc/response/+", "attributes", "attributes/response/+"];
    const gateway = ["rpc", "attributes", "attributes/response"].map((topic) => `v1/gateway/${topic}`);
    const firmware = ["fw", "sw"].flatMap((kind) => [`v2/${kind}/response/+/chunk/+`, `v2/${kind}/error`]);
    const all = [...v1.map((topic) => `v1/devices/me/${topic}`), ...families, ...gateway, ...firmware];
    expect([...FILTERS.keys()].sort()).toEqual(all.sort());
  });

  it.each([
    ["v1/gateway/rpc", "v1/gateway/rpc"],
    ["v1/devices/me/rpc/response/5", "v1/devices/me/rpc/response/+"],
    ["v2/r/res/p/5", "v2/r/res/p/+"],
    ["v1/devices/me/attributes", "v1/devices/me/attributes"],
    ["errors", undefined],
  ])("what is published on %j comes by the filter %j", (topic, filter) => {
    expect(filterOf(topic)).toBe(filter);
  });
});
