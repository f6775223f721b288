/**
 * Who may enter: authentication, then the declared size, then the rate limits, then the role (contract 4.3, steps 1 and 2), before
 * a body is read. Everything under /api/ asks for a token unless it is listed here.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Authority } from "../store/store.ts";
import { ApiError, PayloadTooLargeError, PROBLEMS } from "./errors.ts";
import { identify, isProblem } from "./identity.ts";
import type { LimitProblem } from "./rest-limits.ts";
import type { Claims, Tokens } from "./tokens.ts";

/** `PUBLIC` is a caller with the token of a public customer: it looks and calls, and changes nothing. */
export type Role = Authority | "PUBLIC";

export const SYSTEM: readonly Role[] = ["SYS_ADMIN"];
export const ADMIN: readonly Role[] = ["TENANT_ADMIN"];
export const ADMINS: readonly Role[] = ["SYS_ADMIN", "TENANT_ADMIN"];
export const ADMIN_OR_CUSTOMER: readonly Role[] = ["TENANT_ADMIN", "CUSTOMER_USER"];
export const TENANT_READERS: readonly Role[] = [...ADMIN_OR_CUSTOMER, "PUBLIC"];

declare module "fastify" {
  interface FastifyRequest {
    /** Undefined on an open path. */
    claims: Claims | undefined;
  }
  interface FastifyContextConfig {
    /** Absent: any caller with a token. */
    roles?: readonly Role[];
  }
}

export interface AdmissionContext {
  readonly tokens: Tokens;
  readonly limitProblem: LimitProblem;
  readonly maxPayloadBytes: number;
}

/** `/api/v1` is the devices' own API: the token is in the path. */
const OPEN = /^\/api\/(?:noauth|v1|ws|auth\/login|auth\/token)(?:\/|$)/;

export function addAdmission(app: FastifyInstance, { tokens, limitProblem, maxPayloadBytes }: AdmissionContext): void {
  app.decorateRequest("claims", undefined);
  app.addHook("onRequest", async (request) => {
    if (isOpen(request)) return;
    const claims = identify(request.headers, tokens);
    if (isProblem(claims)) throw new ApiError(claims);
    if (Number(request.headers["content-length"]) > maxPayloadBytes) throw new PayloadTooLargeError();
    const problem = limitProblem(claims, Date.now());
    if (problem !== undefined) throw new ApiError(problem);
    const { roles } = request.routeOptions.config;
    if (roles !== undefined && !roles.includes(roleOf(claims))) throw new ApiError(PROBLEMS.permissionDenied);
    request.claims = claims;
  });
}

/** The claims of the caller of a path that is not open. */
export function callerOf(request: FastifyRequest): Claims {
  if (request.claims === undefined) throw new ApiError(PROBLEMS.authenticationFailed);
  return request.claims;
}

function roleOf({ isPublic, scopes }: Claims): Role {
  return isPublic ? "PUBLIC" : (scopes[0] as Authority);
}

/** The matched route decides, because the router also matches paths written with percent signs. */
function isOpen(request: FastifyRequest): boolean {
  const path = request.routeOptions.url ?? (request.url.split("?", 1)[0] as string);
  return !path.startsWith("/api/") || OPEN.test(path);
}
