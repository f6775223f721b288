/**
 * A small client for hand-written k6 scripts: log in, find devices, call them. An RPC gives its Outcome, by the same rules as
 * every rpcfleet report. Timeouts and absent devices are answers of the protocol, so k6 does not count them as failed requests;
 * anything else that is not a success, it does.
 */
import http from "k6/http";
import { DIALECTS, type DialectName } from "../../protocol/dialect.ts";
import { type Json, parseJson } from "../../protocol/message.ts";
import { classifyAnswer, type Outcome } from "../../protocol/outcome.ts";

/** A server and the right to use it. */
export interface Access {
  /** Such as http://127.0.0.1:8080, without a slash at its end. */
  readonly baseUrl: string;
  readonly dialect: DialectName;
  /** JWT of the user. */
  readonly token: string;
}

export interface DeviceInfo {
  readonly id: string;
  readonly name: string;
}

export interface RpcRequest {
  readonly deviceId: string;
  readonly method: string;
  readonly params: Json;
  /** How long the server waits for the device; ThingsBoard raises less than 5000 to that. */
  readonly timeoutMs: number;
}

export interface RpcReply {
  readonly outcome: Outcome;
  readonly status: number;
  /** What the device said; undefined when that is not JSON or nothing. */
  readonly value: Json | undefined;
  /** From the last byte sent to the last byte received. */
  readonly durationMs: number;
}

/** The caller's own patience beyond the server's, so that the server's timeout is seen as such. */
const CLIENT_MARGIN_MS = 2_000;

/** Logs in; throws, which ends a `setup()`, when the server refuses or cannot be reached. */
export function login(user: { baseUrl: string; dialect: DialectName; username: string; password: string }): Access {
  const { baseUrl, dialect, username, password } = user;
  const body = JSON.stringify({ username, password });
  const response = http.post(`${baseUrl}/api/auth/login`, body, {
    headers: { "Content-Type": "application/json" },
    responseType: "text",
    tags: { name: "login" },
  });
  const token = memberOf(textOf(response.body), "token");
  if (response.status !== 200 || typeof token !== "string") {
    throw new Error(`${baseUrl} refused the login of ${username}: status ${response.status} ${response.error}`);
  }
  return { baseUrl, dialect, token };
}

/** The first `limit` devices of the tenant whose name contains `search`, sorted by name. Throws when they cannot be read. */
export function listDevices(access: Access, search: string, limit: number): DeviceInfo[] {
  const query = `pageSize=${limit}&page=0&sortProperty=name&sortOrder=ASC&textSearch=${encodeURIComponent(search)}`;
  const response = http.get(`${access.baseUrl}/api/tenant/devices?${query}`, {
    headers: { "X-Authorization": `Bearer ${access.token}` },
    responseType: "text",
    tags: { name: "list_devices" },
  });
  const data = memberOf(textOf(response.body), "data");
  if (response.status !== 200 || !Array.isArray(data))
    throw new Error(`cannot list devices: status ${response.status}`);
  return (data as { id: { id: string }; name: string }[]).map(({ id, name }) => ({ id: id.id, name }));
}

/** Calls a device and waits for its reply. */
export function twoWay(access: Access, request: RpcRequest): RpcReply {
  return send(access, "twoway", request);
}

/** Hands a request to a device; the outcome is `ok` as soon as the device has it. */
export function oneWay(access: Access, request: RpcRequest): RpcReply {
  return send(access, "oneway", request);
}

function send(access: Access, way: "oneway" | "twoway", request: RpcRequest): RpcReply {
  const dialect = DIALECTS[access.dialect];
  const { deviceId, method, params, timeoutMs } = request;
  const url = `${access.baseUrl}${dialect.rpcPath}/${way}/${deviceId}`;
  const response = http.post(url, JSON.stringify({ method, params, timeout: timeoutMs }), {
    headers: { "X-Authorization": `Bearer ${access.token}`, "Content-Type": "application/json" },
    timeout: Math.max(timeoutMs, dialect.minTimeout / 1_000) + CLIENT_MARGIN_MS,
    responseType: "text",
    responseCallback: http.expectedStatuses(200, dialect.timeoutStatus, dialect.noConnectionStatus),
    // Without one name, every device's URL would be a time series of its own.
    tags: { name: `rpc_${way}` },
  });
  const body = textOf(response.body);
  return {
    outcome: classifyAnswer({ status: response.status, body }, dialect),
    status: response.status,
    value: parseJson(body),
    durationMs: response.timings.duration,
  };
}

function textOf(body: unknown): string {
  return typeof body === "string" ? body : "";
}

function memberOf(text: string, member: string): unknown {
  const value = parseJson(text);
  return value === null || typeof value !== "object" ? undefined : (value as Record<string, unknown>)[member];
}
