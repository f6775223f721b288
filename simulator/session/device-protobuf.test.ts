/** Against protobufjs, which knows nothing of our own reading and writing. */
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import {
  decodeProtobufAnswer,
  decodeProtobufCommand,
  encodeProtobufCall,
  encodeProtobufReply,
} from "./device-protobuf.ts";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message RpcRequest { optional string method = 1; optional int32 requestId = 2; optional string params = 3; }
  message RpcResponse { optional string payload = 1; }
`);
const RpcRequest = root.lookupType("RpcRequest");
const RpcResponse = root.lookupType("RpcResponse");

describe("protobuf payloads of a device", () => {
  it.each([
    [
      "params",
      { method: "setValve", requestId: 7, params: '{"percent":40}' },
      { method: "setValve", params: { percent: 40 } },
    ],
    ["an id below zero", { method: "m", requestId: -1, params: "1" }, { method: "m", params: 1 }],
    ["no params", { method: "m", requestId: 0 }, { method: "m", params: null }],
    ["a long text", { method: "m", params: JSON.stringify("ü".repeat(300)) }, { method: "m", params: "ü".repeat(300) }],
  ])("a command with %s is read as JSON", (_, message, expected) => {
    const bytes = Buffer.from(RpcRequest.encode(message).finish());
    expect(JSON.parse(decodeProtobufCommand(bytes))).toEqual(expected);
  });

  it("replies and calls are read by others, answers by us", () => {
    const reply = '{"ok":true,"text":"äöü"}'.repeat(20);
    expect(RpcResponse.toObject(RpcResponse.decode(encodeProtobufReply(reply)))).toEqual({ payload: reply });
    const call = RpcRequest.toObject(RpcRequest.decode(encodeProtobufCall('{"method":"getTime","params":{"zone":2}}')));
    expect(call).toEqual({ method: "getTime", params: '{"zone":2}' });
    expect(decodeProtobufAnswer(Buffer.from(RpcResponse.encode({ payload: "12" }).finish()))).toBe("12");
  });

  it("bytes that are no message are an empty one", () => {
    for (const bytes of [Buffer.of(), Buffer.of(0xff, 0xff, 0xff), Buffer.of(0x0a, 0x7f, 0x41)]) {
      expect(() => JSON.parse(decodeProtobufCommand(bytes))).not.toThrow();
      expect(typeof decodeProtobufAnswer(bytes)).toBe("string");
    }
  });
});
