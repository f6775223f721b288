/** The Rpc object as REST shows it (contract 5.2). */
import { type Json, parseJson } from "../../protocol/message.ts";
import type { RpcRow } from "../store/rpc-rows.ts";

/** `maxRetries` stands where the caller asked for none. */
export function rpcJson(row: RpcRow, maxRetries: number): Record<string, Json> {
  const tenantId = { entityType: "TENANT", id: row.tenantId };
  const deviceId = { entityType: "DEVICE", id: row.deviceId };
  return {
    id: { entityType: "RPC", id: row.id },
    createdTime: row.createdTime,
    tenantId,
    deviceId,
    expirationTime: row.expirationTime,
    request: {
      id: row.id,
      tenantId,
      deviceId,
      oneway: row.oneway === 1,
      expirationTime: row.expirationTime,
      body: { method: row.method, params: row.params },
      persisted: true,
      retries: Math.min(row.retries ?? maxRetries, maxRetries),
    },
    response: jsonOf(row.response),
    status: row.status,
    additionalInfo: jsonOf(row.additionalInfo),
  };
}

function jsonOf(text: string | null): Json {
  return text === null ? null : (parseJson(text) ?? null);
}
