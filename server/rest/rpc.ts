/**
 * Server-side RPC over REST, on the raw request and response: this is the path every call takes. Checks run in the order of
 * contract 4.3; the body is raw text, so no content type is asked for.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Dialect } from "../../protocol/dialect.ts";
import type { LiveDriver, SettledCallback } from "../driver.ts";
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
import { readRawBody } from "./raw-body.ts";
import type { CallersByUuid } from "./request-uuid.ts";
import type { LimitProblem } from "./rest-limits.ts";
import { type RpcBody, readRpcBody } from "./rpc-body.ts";
import { type RpcTarget, type RpcUrl, readRpcUrl } from "./rpc-url.ts";
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
  readonly logger: Logger;
  /** The quirk request-uuid-overwrite; undefined: every caller has its own answer. */
  readonly callersByUuid: CallersByUuid | undefined;
  /** New calls are refused. */
  readonly isStopping: () => boolean;
}

/** Answers a request when its URL is one of RPC; returns false, having done nothing, when it is not. */
export type RpcRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createRpcRoute(context: RpcContext): RpcRoute {
  return (request, response) => {
    const target = readRpcUrl(request.url as string, context.families);
    if (target.kind === "elsewhere") return false;
    const claims = identify(request.headers, context.tokens);
    const refusal = refusalOnArrival(context, target, claims, request);
    if (refusal !== undefined || isProblem(claims) || target.kind === "malformed") {
      writeAnswer(response, refusal ?? emptyAnswer(400));
      return true;
    }
    readRawBody(request, context.maxPayloadBytes, (body) => {
      if (body === undefined) {
        response.setHeader("Connection", "close");
        writeAnswer(response, payloadTooLarge(context.maxPayloadBytes));
      } else admitSafely({ context, claims, target, body, response });
    });
    return true;
  };
}

/** What can be refused before the body is read, in the order of contract 4.3. */
function refusalOnArrival(
  context: RpcContext,
  target: RpcUrl,
  claims: Claims | Problem,
  request: IncomingMessage,
): Answer | undefined {
  if (context.isStopping()) return errorAnswer(PROBLEMS.shuttingDown);
  if (isProblem(claims)) return errorAnswer(claims);
  if (Number(request.headers["content-length"]) > context.maxPayloadBytes) {
    return payloadTooLarge(context.maxPayloadBytes);
  }
  const limit = context.limitProblem?.(claims, Date.now());
  if (limit !== undefined) return errorAnswer(limit);
  if (target.kind === "malformed") return emptyAnswer(400);
  return request.method === "POST" ? undefined : errorAnswer(methodNotAllowed(request.method as string));
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

/** A fault of ours ends this request, not the server. */
function admitSafely(arrived: Arrived): void {
  try {
    admit(arrived);
  } catch (error) {
    arrived.context.logger.error({ err: error }, "a call could not be admitted");
    if (!arrived.response.headersSent) writeAnswer(arrived.response, errorAnswer(PROBLEMS.internal));
  }
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
  const isTraced = context.logger.isLevelEnabled("debug");
  const answer: SettledCallback = (settlement, call) => {
    settled = true;
    if (isTraced) context.logger.debug({ call, device, method: rpc.method, end: settlement.kind }, "call ended");
    if (!response.destroyed) writeAnswer(response, answerOf(settlement, dialect));
  };
  const uuid = rpc.requestUuid;
  const callers = uuid === undefined ? undefined : context.callersByUuid;
  const id = context.driver.call(request, callers?.register(uuid as string, answer, dialect.wall) ?? answer);
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
