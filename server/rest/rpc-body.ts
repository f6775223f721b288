/** The body of an RPC: its fields and their coercions (contract 4.2), read from raw text whatever its content type says. */
import { type Dialect, effectiveTimeout } from "../../protocol/dialect.ts";
import type { Json } from "../../protocol/message.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import { PROBLEMS, type Problem } from "./errors.ts";
import { compactJson, memberText, readFirstJson } from "./first-json.ts";
import { readUuid } from "./uuid.ts";

export interface RpcBody {
  readonly method: string;
  /** JSON text. */
  readonly params: string;
  /** Zero or less: it had expired before it came. */
  readonly timeout: Duration;
  /** The same as wall-clock time, epoch milliseconds. */
  readonly expirationTime: number;
  /** As asked for; the server bounds it. */
  readonly retries: number | undefined;
  readonly persistent: boolean;
  /** The id its caller chose. */
  readonly requestUuid: string | undefined;
  /** JSON text. */
  readonly additionalInfo: string | undefined;
}

type RpcFields = {
  readonly [field in
    | "method"
    | "params"
    | "timeout"
    | "expirationTime"
    | "persistent"
    | "retries"
    | "requestUUID"
    | "additionalInfo"]?: Json;
};

/** 31 years: instants stay whole numbers. */
const LONGEST_TIMEOUT_MS = 1e12;
/** A number this long may not survive a round trip through a double. */
const LONG_NUMBER = /\d{16}/;

/** Reads a body at wall-clock time `nowMs` (it decides `expirationTime` only). */
export function readRpcBody(raw: string, dialect: Dialect, nowMs: number): RpcBody | Problem {
  if (raw === "") return PROBLEMS.missingBody;
  const first = readFirstJson(raw);
  if (first === undefined) return PROBLEMS.invalidBody;
  const { value, text } = first;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return PROBLEMS.missingMethod;
  const body = value as RpcFields;
  const { method } = body;
  if (method === undefined) return PROBLEMS.missingMethod;
  const tempus = dialect.name === "tempus";
  const requestUuid = tempus ? undefined : uuidOf(body.requestUUID);
  if (!tempus && body.requestUUID !== undefined && requestUuid === undefined) return PROBLEMS.invalidBody;
  const timeout = timeoutOf(body, dialect, nowMs);
  return {
    method: asText(method),
    params: jsonText(body.params, text, "params"),
    timeout,
    expirationTime: nowMs + Math.round(timeout / MILLISECOND),
    retries: body.retries === undefined || tempus ? undefined : Math.max(0, asInteger(body.retries)),
    persistent: !tempus && asBoolean(body.persistent),
    requestUuid,
    additionalInfo:
      body.additionalInfo === undefined ? undefined : jsonText(body.additionalInfo, text, "additionalInfo"),
  };
}

function jsonText(value: Json | undefined, body: string, name: string): string {
  if (value === undefined) return "null";
  if (!LONG_NUMBER.test(body)) {
    try {
      return JSON.stringify(value);
    } catch {
      // Nested deeper than the stack: V8 parses it, but cannot print it.
    }
  }
  return compactJson(memberText(body, name) as string);
}

function uuidOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? readUuid(value) : undefined;
}

function timeoutOf(body: RpcFields, dialect: Dialect, nowMs: number): Duration {
  const { timeout, expirationTime } = body;
  if (expirationTime !== undefined && dialect.name !== "tempus") {
    return clampMs(asInteger(expirationTime) - nowMs) * MILLISECOND;
  }
  const requested = timeout === undefined ? undefined : clampMs(asInteger(timeout)) * MILLISECOND;
  // A server without a minimum still hands the request over: zero would mean that it had expired on arrival.
  return Math.max(MILLISECOND, effectiveTimeout(dialect, requested));
}

function clampMs(milliseconds: number): number {
  return Math.max(-LONGEST_TIMEOUT_MS, Math.min(LONGEST_TIMEOUT_MS, milliseconds));
}

/** A number as its text, null as "null", a container as "". */
function asText(value: Json): string {
  return typeof value === "object" && value !== null ? "" : String(value);
}

/** Garbage and null count as 0, a fraction is cut off. */
function asInteger(value: Json): number {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || !/^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i.test(value)) return 0;
  return Math.trunc(Number(value));
}

function asBoolean(value: Json | undefined): boolean {
  return value === true || value === "true" || (typeof value === "number" && value !== 0);
}
