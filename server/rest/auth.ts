/** Login, refresh, logout and the present user (contract 3.1, 3.2). */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import { verifyPassword } from "../store/passwords.ts";
import type { Store, UserRow } from "../store/store.ts";
import { ApiError, PROBLEMS } from "./errors.ts";
import { identify, isProblem } from "./identity.ts";
import type { Claims, TokenPair, Tokens } from "./tokens.ts";

export interface AuthContext {
  readonly store: Store;
  readonly tokens: Tokens;
}

const loginBody = z.object({ username: z.string(), password: z.string().min(1) });
const refreshBody = z.object({ refreshToken: z.string() });

/** Adds the endpoints under /api/auth. */
export function addAuthRoutes(app: FastifyInstance, { store, tokens }: AuthContext): void {
  app.post("/api/auth/login", async (request) => {
    const body = loginBody.safeParse(parseJson(bodyText(request)));
    if (!body.success || body.data.username.trim() === "") throw new ApiError(PROBLEMS.authenticationFailed);
    const user = store.userByEmail(body.data.username);
    if (user === undefined || !(await verifyPassword(body.data.password, user.passwordHash))) {
      throw new ApiError(PROBLEMS.wrongCredentials);
    }
    return tokens.issue(user, Date.now());
  });
  app.post("/api/auth/token", async (request) => {
    const body = refreshBody.safeParse(parseJson(bodyText(request)));
    if (!body.success || body.data.refreshToken.trim() === "") throw new ApiError(PROBLEMS.authenticationFailed);
    return rotate(body.data.refreshToken, store, tokens);
  });
  for (const url of ["/api/auth/login", "/api/auth/token"]) {
    app.get(url, async () => {
      throw new ApiError(PROBLEMS.methodNotSupported);
    });
  }
  app.get("/api/auth/user", async (request) => {
    const user = store.userById(claimsOf(request, tokens).userId);
    if (user === undefined) throw new ApiError(PROBLEMS.tokenExpired);
    return userJson(user);
  });
  app.post("/api/auth/logout", async (request, reply) => {
    tokens.endSession(claimsOf(request, tokens).sessionId);
    return reply.code(200).send();
  });
}

/** The caller's claims. Throws ApiError with the row of contract 3.2. */
export function claimsOf(request: FastifyRequest, tokens: Tokens): Claims {
  const claims = identify(request.headers, tokens);
  if (isProblem(claims)) throw new ApiError(claims);
  return claims;
}

/** The request's body as it came. */
export function bodyText(request: FastifyRequest): string {
  return typeof request.body === "string" ? request.body : "";
}

function rotate(refreshToken: string, store: Store, tokens: Tokens): TokenPair {
  const reading = tokens.readRefresh(refreshToken);
  switch (reading.kind) {
    case "malformed":
      throw new ApiError(PROBLEMS.wrongCredentials);
    case "expired":
      throw new ApiError(PROBLEMS.tokenExpired);
    case "wrong_scope":
      throw new ApiError(PROBLEMS.refreshScope);
    case "ended":
      throw new ApiError(PROBLEMS.tokenOutdated);
    case "valid": {
      const user = store.userById(reading.claims.userId);
      if (user === undefined) throw new ApiError(PROBLEMS.tokenOutdated);
      return tokens.issue(user, Date.now());
    }
  }
}

function userJson(user: UserRow): Record<string, unknown> {
  return {
    id: { entityType: "USER", id: user.id },
    createdTime: user.createdTime,
    tenantId: { entityType: "TENANT", id: user.tenantId },
    customerId: { entityType: "CUSTOMER", id: user.customerId },
    email: user.email,
    name: user.email,
    authority: user.authority,
    firstName: user.firstName,
    lastName: user.lastName,
    phone: null,
    additionalInfo: null,
  };
}
