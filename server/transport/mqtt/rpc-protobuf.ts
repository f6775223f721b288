/**
 * RPC payloads of the v2 protobuf topics <-> the JSON text the rest of the server speaks (contract 6.3). Decoding never throws:
 * undefined is what cannot be read.
 */
import protobuf from "protobufjs";
import { parseJson } from "../../../protocol/message.ts";

const { root } = protobuf.parse(`
  syntax = "proto3";
  message RpcRequest { optional string method = 1; optional int32 requestId = 2; optional string params = 3; }
  message RpcResponse { optional string payload = 1; }
`);
const RpcRequest = root.lookupType("RpcRequest");
const RpcResponse = root.lookupType("RpcResponse");

/** `params` is JSON text. */
export function encodeProtobufRequest(method: string, requestId: number, params: string): Uint8Array {
  return RpcRequest.encode({ method, requestId, params }).finish();
}

export function encodeProtobufResponse(payload: string): Uint8Array {
  return RpcResponse.encode({ payload }).finish();
}

/** The text of a response. */
export function decodeProtobufResponse(bytes: Uint8Array): string | undefined {
  return (decode(RpcResponse, bytes) as { payload?: string } | undefined)?.payload;
}

/** A client-side request as the JSON text it would have been on a v1 topic. */
export function decodeProtobufRequest(bytes: Uint8Array): string | undefined {
  const request = decode(RpcRequest, bytes) as { method?: string; params?: string } | undefined;
  if (request === undefined) return undefined;
  const { method, params = "null" } = request;
  const json = parseJson(params) === undefined ? JSON.stringify(params) : params;
  return method ? `{"method":${JSON.stringify(method)},"params":${json}}` : `{"params":${json}}`;
}

/** Fields that are not in `bytes` are absent, not empty. */
function decode(type: protobuf.Type, bytes: Uint8Array): object | undefined {
  try {
    return type.toObject(type.decode(bytes));
  } catch {
    return undefined;
  }
}
