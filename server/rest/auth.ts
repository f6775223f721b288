/** Login, refresh, logout, the present user and its password (contract 3.1, 3.2). */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import { hashPassword, verifyPassword } from "../store/passwords.ts";
import type { Store } from "../store/store.ts";
import { callerOf } from "./admission.ts";
import { bodyText, readBody } from "./body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import type { LoginThrottle } from "./login-throttle.ts";
import { docs } from "./route-docs.ts";
import type { Claims, TokenPair, Tokens } from "./tokens.ts";
import { newPassword, USER_EXAMPLE, userJson } from "./user-body.ts";
import { readUuid } from "./uuid.ts";

export interface AuthContext {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly throttle: LoginThrottle;
}

const loginBody = z.object({ username: z.string(), password: z.string().min(1) });
const publicBody = z.object({ publicId: z.string() });
const refreshBody = z.object({ refreshToken: z.string() });
const passwordBody = z.object({ currentPassword: z.string(), newPassword });

const TAG = "authentication";
const PAIR = { token: "<access token>", refreshToken: "<refresh token>" };

/** Adds the endpoints under /api/auth. */
export function addAuthRoutes(app: FastifyInstance, context: AuthContext): void {
  const { store, tokens } = context;
  addLoginRoutes(app, context);
  for (const url of ["/api/auth/login", "/api/auth/token"]) {
    app.get(url, { schema: { hide: true } as object }, async () => {
      throw new ApiError(PROBLEMS.methodNotSupported);
    });
  }
  const user = docs({ tag: TAG, summary: "The present user", answer: USER_EXAMPLE, refusals: [] });
  app.get("/api/auth/user", { schema: user }, async (request) => {
    const { userId } = callerOf(request);
    const found = store.users.byId(userId);
    if (found === undefined) throw new ApiError(PROBLEMS.tokenExpired);
    return userJson(found);
  });
  const logout = docs({ tag: TAG, summary: "Logout: ends both tokens of that login", refusals: [] });
  app.post("/api/auth/logout", { schema: logout }, async (request, reply) => {
    const { sessionId, untilS } = tokens.endSession(callerOf(request).sessionId, Date.now());
    store.users.endSession(sessionId, untilS);
    return reply.code(200).send();
  });
  const change = docs({
    tag: TAG,
    summary: "Change the own password; older tokens end",
    body: passwordBody,
    example: { currentPassword: "tenant", newPassword: "a better one" },
    answer: PAIR,
  });
  app.post("/api/auth/changePassword", { schema: change }, async (request) => {
    return changePassword(callerOf(request), readBody(request, passwordBody), context);
  });
}

function addLoginRoutes(app: FastifyInstance, context: AuthContext): void {
  const common = { tag: TAG, answer: PAIR, open: true, refusals: [401] } as const;
  const example = { username: "tenant@thingsboard.org", password: "tenant" };
  const login = docs({ ...common, summary: "Login", body: loginBody, example });
  app.post("/api/auth/login", { schema: login }, async (request) => {
    const { username, password } = openBody(request, loginBody);
    if (username.trim() === "") throw new ApiError(PROBLEMS.authenticationFailed);
    return logIn(username, password, context);
  });
  const byId = docs({
    ...common,
    summary: "Login with the id of a public customer",
    body: publicBody,
    example: { publicId: "8f3b1c60-52a4-11f0-9c1b-7f3a0d4e8b21" },
  });
  app.post("/api/auth/login/public", { schema: byId }, async (request) => {
    const { publicId } = openBody(request, publicBody);
    if (publicId.trim() === "") throw new ApiError(PROBLEMS.authenticationFailed);
    const customer = context.store.customers.byId(readUuid(publicId) ?? "");
    if (customer?.isPublic !== 1) throw new ApiError(PROBLEMS.wrongCredentials);
    return context.tokens.issuePublic(customer, Date.now());
  });
  const refresh = docs({
    ...common,
    summary: "A new pair of tokens; the old ones keep working",
    body: refreshBody,
    example: { refreshToken: "<refresh token>" },
    refusals: [401, 500],
  });
  app.post("/api/auth/token", { schema: refresh }, async (request) => {
    const { refreshToken } = openBody(request, refreshBody);
    if (refreshToken.trim() === "") throw new ApiError(PROBLEMS.authenticationFailed);
    return rotate(refreshToken, context);
  });
}

/** Whatever is wrong with a body of these endpoints is a failed authentication (contract 3.2). */
function openBody<T extends z.ZodType>(request: FastifyRequest, schema: T): z.output<T> {
  const parsed = schema.safeParse(parseJson(bodyText(request)));
  if (!parsed.success) throw new ApiError(PROBLEMS.authenticationFailed);
  return parsed.data;
}

async function logIn(username: string, password: string, context: AuthContext): Promise<TokenPair> {
  const { store, tokens } = context;
  const user = store.users.byEmail(username);
  if (!(await isRight(username, password, user?.passwordHash ?? "", context))) {
    throw new ApiError(PROBLEMS.wrongCredentials);
  }
  // Only who knows the password is told that the account is off.
  const found = user === undefined ? undefined : store.users.byId(user.id);
  if (found === undefined) throw new ApiError(PROBLEMS.wrongCredentials);
  if (found.enabled === 0) throw new ApiError(PROBLEMS.userDisabled);
  return tokens.issue(found, Date.now());
}

/** Throws ApiError when the account is locked, also when that happened while the password was looked at. */
async function isRight(name: string, password: string, stored: string, { throttle }: AuthContext): Promise<boolean> {
  if (throttle.isLocked(name, Date.now())) throw new ApiError(PROBLEMS.userLocked);
  const right = await verifyPassword(password, stored);
  const nowMs = Date.now();
  if (throttle.isLocked(name, nowMs)) throw new ApiError(PROBLEMS.userLocked);
  if (right) throttle.right(name);
  else throttle.wrong(name, nowMs);
  return right;
}

async function changePassword(
  claims: Claims,
  body: z.output<typeof passwordBody>,
  context: AuthContext,
): Promise<TokenPair> {
  const { store, tokens } = context;
  const user = store.users.byId(claims.userId);
  if (user === undefined) throw new ApiError(PROBLEMS.permissionDenied);
  if (!(await isRight(user.email, body.currentPassword, user.passwordHash, context))) {
    throw new ApiError(withMessage(PROBLEMS.invalidBody, "Current password doesn't match!"));
  }
  if (body.newPassword === body.currentPassword) {
    throw new ApiError(withMessage(PROBLEMS.invalidBody, "New password should be different from existing!"));
  }
  const nowMs = Date.now();
  store.users.setPassword(user.id, hashPassword(body.newPassword), Math.floor(nowMs / 1_000));
  tokens.forget(user.id);
  return tokens.issue(user, nowMs);
}

function rotate(refreshToken: string, { store, tokens }: AuthContext): TokenPair {
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
      const { isPublic, sub, userId } = reading.claims;
      const nowMs = Date.now();
      const customer = isPublic ? store.customers.byId(sub) : undefined;
      if (customer !== undefined) return tokens.issuePublic(customer, nowMs);
      const user = store.users.byId(userId);
      if (user === undefined) throw new ApiError(PROBLEMS.tokenOutdated);
      return tokens.issue(user, nowMs);
    }
  }
}
