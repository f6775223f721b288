/**
 * The one catalogue of what goes wrong over REST: status, errorCode and message of the error JSON (contract 3.2, 4.5 and 4.6),
 * and the few answers that are not error JSON.
 */
import type { ServerResponse } from "node:http";

/** One HTTP answer. `body` "" is sent without a content type. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: "json" | "text";
}

export interface Problem {
  readonly status: number;
  readonly errorCode: number;
  readonly message: string;
}

const problem = (status: number, errorCode: number, message: string): Problem => ({ status, errorCode, message });

export const PROBLEMS = {
  authenticationFailed: problem(401, 10, "Authentication failed"),
  wrongCredentials: problem(401, 10, "Invalid username or password"),
  methodNotSupported: problem(401, 10, "Authentication method not supported"),
  userDisabled: problem(401, 10, "User account is not active"),
  userLocked: problem(401, 10, "User account is locked due to security policy"),
  tokenExpired: problem(401, 11, "Token has expired"),
  tokenOutdated: problem(401, 10, "Token is outdated"),
  refreshScope: problem(500, 2, "Invalid Refresh Token scope"),
  accessScope: problem(500, 2, "A refresh token cannot be used as an access token"),
  permissionDenied: problem(403, 20, "You don't have permission to perform this operation!"),
  invalidBody: problem(400, 31, "Invalid request body"),
  missingBody: problem(500, 2, "Required request body is missing"),
  missingMethod: problem(500, 2, 'Cannot read the field "method" of the request'),
  requestTimeout: problem(500, 2, "Request timeout"),
  unsupportedMediaType: problem(415, 31, "Content-Type is not supported"),
  notFound: problem(404, 32, "Requested item wasn't found!"),
  tenantLimit: problem(429, 33, "Too many requests for current tenant!"),
  customerLimit: problem(429, 33, "Too many requests for current customer!"),
  duplicateDevice: problem(400, 31, "Device with such name already exists!"),
  duplicateTitle: problem(400, 31, "An entity with such title already exists!"),
  duplicateProfile: problem(400, 31, "Device profile with such name already exists!"),
  duplicateProvisionKey: problem(400, 31, "Device profile with such provision device key already exists!"),
  duplicateUser: problem(400, 31, "User with such email already exists!"),
  duplicateToken: problem(400, 31, "Device credentials are already assigned to another device!"),
  rpcIdTaken: problem(400, 31, "An RPC with this requestUUID exists already"),
  database: problem(500, 46, "The call cannot be stored now"),
  shuttingDown: problem(503, 2, "Server is shutting down"),
  internal: problem(500, 2, "Internal server error"),
} as const;

/** The same problem with a message of its own. */
export function withMessage(base: Problem, message: string): Problem {
  return { ...base, message };
}

/** Thrown by the management endpoints; the error handler writes it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: Problem;

  constructor(cause: Problem) {
    super(cause.message);
    this.problem = cause;
  }
}

/** Thrown when a request announces a body that is too long; the error handler writes it. */
export class PayloadTooLargeError extends Error {
  override readonly name = "PayloadTooLargeError";
}

/** The error JSON of a problem. */
export function errorAnswer({ status, errorCode, message }: Problem): Answer {
  return { status, body: JSON.stringify({ status, message, errorCode, timestamp: Date.now() }), type: "json" };
}

export function emptyAnswer(status: number): Answer {
  return { status, body: "", type: "text" };
}

export function textAnswer(status: number, body: string): Answer {
  return { status, body, type: "text" };
}

/** 413 is a bare JSON string (contract 4.5). */
export function payloadTooLarge(limitBytes: number): Answer {
  return { status: 413, body: `"Payload size exceeds the limit of ${limitBytes} bytes"`, type: "json" };
}

export const CONTENT_TYPES = { json: "application/json", text: "text/plain;charset=UTF-8" } as const;

/** Writes an answer on a raw response that nothing has been written to. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  if (answer.body === "") {
    response.writeHead(answer.status, { "Content-Length": 0 });
    response.end();
    return;
  }
  response.writeHead(answer.status, {
    "Content-Type": CONTENT_TYPES[answer.type],
    "Content-Length": Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
}
