/**
 * Server-side RPC over REST, on the raw request and response: this is the path every call takes. Checks run in the order of
 * contract 4.3; the body is raw text, so no content type is asked for.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dialect } from "../../protocol/dialect.ts";
import type { LiveDriver } from "../driver.ts";
import type { PersistentCalls } from "../persistent-calls.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { refusalOf } from "./access.ts";
import {
  type Answer,
  emptyAnswer,
  errorAnswer,
  PROBLEMS,
  type Problem,
  payloadTooLarge,
  withMessage,
  writeAnswer,
} from "./errors.ts";
import { identify, isProblem } from "./identity.ts";
import { answerOf } from "./outcome.ts";
import type { LimitProblem } from "./rest-limits.ts";
import { type RpcBody, readRpcBody } from "./rpc-body.ts";
import { type RpcTarget, readRpcUrl } from "./rpc-url.ts";
import type { Claims, Tokens } from "./tokens.ts";
import { readUuid } from "./uuid.ts";

export interface RpcContext {
  readonly driver: LiveDriver;
  readonly registry: DeviceRegistry;
  readonly tokens: Tokens;
  readonly families: readonly Dialect[];
  readonly maxPayloadBytes: number;
  readonly persistent: PersistentCalls;
  /** The REST rate limits; absent: none. */
  readonly limitProblem?: LimitProblem;
  /** New calls are refused. */
  readonly isStopping: () => boolean;
}

/** Answers a request when its URL is one of RPC; returns false, having done nothing, when it is not. */
export type RpcRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createRpcRoute(context: RpcContext): RpcRoute {
  return (request, response) => {
    const url = readRpcUrl(request.url as string, context.families);
    if (url.kind === "elsewhere") return false;
    const claims = identify(request.headers, context.tokens);
    if (context.isStopping()) writeAnswer(response, errorAnswer(PROBLEMS.shuttingDown));
    else if (isProblem(claims)) writeAnswer(response, errorAnswer(claims));
    else if (Number(request.headers["content-length"]) > context.maxPayloadBytes) {
      writeAnswer(response, payloadTooLarge(context.maxPayloadBytes));
    } else if (url.kind === "malformed") writeAnswer(response, emptyAnswer(400));
    else if (request.method !== "POST") {
      writeAnswer(response, errorAnswer(methodNotAllowed(request.method as string)));
    } else {
      readBody(request, context.maxPayloadBytes, (body) => {
        if (body === undefined) {
          response.setHeader("Connection", "close");
          writeAnswer(response, payloadTooLarge(context.maxPayloadBytes));
        } else admit({ context, claims, target: url, body, response });
      });
    }
    return true;
  };
}

/** Contract 4.5, the row "wrong HTTP verb". */
export function methodNotAllowed(method: string): Problem {
  return { status: 405, errorCode: 31, message: `Request method '${method}' is not supported` };
}

interface Arrived {
  readonly context: RpcContext;
  readonly claims: Claims;
  readonly target: RpcTarget;
  readonly body: string;
  readonly response: ServerResponse;
}

function admit({ context, claims, target, body, response }: Arrived): void {
  const { dialect } = target;
  const device = body === "" ? "" : readUuid(target.device);
  if (device === undefined) {
    writeAnswer(response, refusalOfProblem(invalidUuid(target.device), dialect));
    return;
  }
  const rpc = readRpcBody(body, dialect, Date.now());
  if ("errorCode" in rpc) {
    writeAnswer(response, refusalOfProblem(rpc, dialect));
    return;
  }
  const refusal = refusalOf({ claims, device, registry: context.registry, dialect });
  if (refusal !== undefined) {
    writeAnswer(response, refusal);
    return;
  }
  if (rpc.persistent) submit({ context, claims, target, rpc, device, response });
  else call({ context, claims, target, rpc, device, response });
}

interface Admitted extends Omit<Arrived, "body"> {
  readonly rpc: RpcBody;
  readonly device: string;
}

function call({ context, target: { dialect, oneway }, rpc, device, response }: Admitted): void {
  let settled = false;
  const request = {
    device,
    oneway,
    method: rpc.method,
    params: rpc.params,
    timeout: rpc.timeout,
    wall: dialect.wall,
    retries: rpc.retries ?? Number.POSITIVE_INFINITY,
  };
  const id = context.driver.call(request, (settlement) => {
    settled = true;
    if (!response.destroyed) writeAnswer(response, answerOf(settlement, dialect));
  });
  if (settled) return;
  response.on("close", () => {
    if (!settled) context.driver.cancel(id);
  });
}

/** Contract 5: the caller is answered when the call is stored, whatever the device does. */
function submit({ context, claims, target, rpc, device, response }: Admitted): void {
  const request = {
    tenantId: claims.tenantId,
    device,
    oneway: target.oneway,
    method: rpc.method,
    params: rpc.params,
    expirationTime: rpc.expirationTime,
    retries: rpc.retries,
    additionalInfo: rpc.additionalInfo,
    id: rpc.requestUuid,
  };
  context.persistent.submit(request, (submission) => {
    if (response.destroyed) return;
    if (submission.kind === "stored") {
      writeAnswer(response, { status: 200, body: JSON.stringify({ rpcId: submission.id }), type: "json" });
    } else writeAnswer(response, errorAnswer(submission.kind === "taken" ? PROBLEMS.rpcIdTaken : PROBLEMS.database));
  });
}

/** Tempus says 400 without a word to every malformed request (contract 13.2). */
function refusalOfProblem(problem: Problem, dialect: Dialect): Answer {
  return dialect.badRequest === "empty" ? emptyAnswer(400) : errorAnswer(problem);
}

function invalidUuid(text: string): Problem {
  let shown = text;
  try {
    shown = decodeURIComponent(text);
  } catch {
    // Not an encoded text: shown as it came.
  }
  return withMessage(PROBLEMS.invalidBody, `Invalid UUID string: ${shown}`);
}

/** Hands over the whole body as text, or undefined as soon as it is longer than `limitBytes`. Not at all when the client leaves. */
function readBody(request: IncomingMessage, limitBytes: number, done: (body: string | undefined) => void): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > limitBytes) return;
    length += chunk.length;
    if (length > limitBytes) done(undefined);
    else if (first === undefined) first = chunk;
    else if (rest === undefined) rest = [first, chunk];
    else rest.push(chunk);
  });
  request.on("end", () => {
    if (length > limitBytes) return;
    done(rest !== undefined ? Buffer.concat(rest).toString() : first === undefined ? "" : first.toString());
  });
}
