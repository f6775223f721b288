/** Users of a tenant and their activation (contract 12.5); a tenant's first administrator is made by a system administrator. */
import { randomBytes, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { hashPassword } from "../store/passwords.ts";
import { NULL_UUID, type Store, type UserRow } from "../store/store.ts";
import type { UserFilter } from "../store/user-rows.ts";
import { ADMINS, callerOf } from "./admission.ts";
import { readBody, readValue } from "./body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { pageJson, pageQuery, readPage } from "./page.ts";
import { givenId, idOf, notFound, refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";
import type { Claims, Tokens } from "./tokens.ts";
import { newPassword, USER_EXAMPLE, type UserBody, userBody, userJson } from "./user-body.ts";

export interface UserContext {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly oldPaging: boolean;
}

type ById = { Params: { id: string } };
type Listing = { Querystring: Record<string, string> };

const TAG = "users";
const TOKEN_BYTES = 24;
const COLUMNS = ["createdTime", "email", "firstName", "lastName"];
const enabledQuery = z.object({ userCredentialsEnabled: z.enum(["true", "false"]).default("true") });
const activateBody = z.object({ activateToken: z.string().min(1), password: newPassword });

/** Adds the endpoints of users. */
export function addUserRoutes(app: FastifyInstance, context: UserContext): void {
  const { store, tokens, oldPaging } = context;
  const config = { roles: ADMINS };
  addActivationRoutes(app, context);
  const save = docs({
    tag: TAG,
    summary: "Make a user, who cannot log in before the activation, or change one when the body has an id",
    body: userBody,
    example: {
      email: "operator@example.org",
      authority: "CUSTOMER_USER",
      customerId: { entityType: "CUSTOMER", id: "8f3b1c60-52a4-11f0-9c1b-7f3a0d4e8b21" },
    },
    answer: USER_EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/user", { schema: save, config }, async (request) => {
    return userJson(saveUser(readBody(request, userBody), callerOf(request), context));
  });
  const one = docs({ tag: TAG, summary: "A user", answer: USER_EXAMPLE, refusals: [400, 404] });
  app.get<ById>("/api/user/:id", { schema: one, config }, async (request) => {
    return userJson(userOf(request.params.id, callerOf(request), store));
  });
  const remove = docs({ tag: TAG, summary: "Delete a user; its tokens end", refusals: [400, 404] });
  app.delete<ById>("/api/user/:id", { schema: remove, config }, async (request, reply) => {
    const { id } = userOf(request.params.id, callerOf(request), store);
    store.users.delete(id);
    tokens.forget(id);
    return reply.code(200).send();
  });
  const list = docs({
    tag: TAG,
    summary: "Users of the tenant; for a system administrator the administrators of all tenants",
    query: pageQuery,
    answer: { data: [USER_EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false },
  });
  app.get<Listing>("/api/users", { schema: list, config }, async (request) => {
    const { scopes, tenantId } = callerOf(request);
    const wanted = readPage(request.query, { columns: COLUMNS, oldPaging });
    const filter: UserFilter = scopes[0] === "SYS_ADMIN" ? { authority: "TENANT_ADMIN" } : { tenantId };
    return pageJson(store.users.page(filter, wanted), wanted, userJson);
  });
}

function addActivationRoutes(app: FastifyInstance, { store, tokens }: UserContext): void {
  const link = docs({
    tag: TAG,
    summary: "The link that activates a user",
    answer: "http://localhost:8080/api/noauth/activate?activateToken=<token>",
    refusals: [400, 404],
  });
  app.get<ById>("/api/user/:id/activationLink", { schema: link, config: { roles: ADMINS } }, async (request, reply) => {
    const { activateToken } = userOf(request.params.id, callerOf(request), store);
    if (activateToken === null) throw new ApiError(withMessage(PROBLEMS.invalidBody, "User is already activated!"));
    const url = `${request.protocol}://${request.host}/api/noauth/activate?activateToken=${activateToken}`;
    return reply.type("text/plain").send(url);
  });
  const enable = docs({
    tag: TAG,
    summary: "Let a user log in, or not any more; then its tokens end",
    query: enabledQuery,
    refusals: [400, 404],
  });
  const options = { schema: enable, config: { roles: ADMINS } };
  app.post<ById>("/api/user/:id/userCredentialsEnabled", options, async (request, reply) => {
    const { id } = userOf(request.params.id, callerOf(request), store);
    store.users.setEnabled(id, readValue(request.query, enabledQuery).userCredentialsEnabled === "true");
    tokens.forget(id);
    return reply.code(200).send();
  });
  const activate = docs({
    tag: TAG,
    summary: "Set the password of a user who has the token of an activation link",
    body: activateBody,
    example: { activateToken: "<token>", password: "operator" },
    answer: { token: "<access token>", refreshToken: "<refresh token>" },
    open: true,
    refusals: [400],
  });
  app.post("/api/noauth/activate", { schema: activate }, async (request) => {
    const { activateToken, password } = readBody(request, activateBody);
    const user = store.users.byActivateToken(activateToken);
    if (user === undefined) {
      throw new ApiError(withMessage(PROBLEMS.invalidBody, "Unable to find user credentials by activateToken"));
    }
    store.users.setPassword(user.id, hashPassword(password), 0);
    return tokens.issue(user, Date.now());
  });
}

function saveUser(body: UserBody, claims: Claims, { store, tokens }: UserContext): UserRow {
  const names = { email: body.email, firstName: body.firstName ?? null, lastName: body.lastName ?? null };
  const id = givenId(body.id);
  if (id !== undefined) {
    const changed = { ...userOf(id, claims, store), ...names };
    refusingConflicts(() => store.users.update(changed));
    tokens.forget(id);
    return changed;
  }
  const made: UserRow = {
    ...names,
    ...placeOf(body, claims, store),
    id: randomUUID(),
    createdTime: Date.now(),
    authority: body.authority,
    passwordHash: "",
    enabled: 0,
    activateToken: randomBytes(TOKEN_BYTES).toString("base64url"),
    tokensFrom: 0,
  };
  refusingConflicts(() => store.users.insert(made));
  return made;
}

/** A system administrator makes administrators of any tenant, and those make users of their own. */
function placeOf(body: UserBody, claims: Claims, store: Store): Pick<UserRow, "tenantId" | "customerId"> {
  if (claims.scopes[0] === "SYS_ADMIN") {
    if (body.authority !== "TENANT_ADMIN") throw new ApiError(PROBLEMS.permissionDenied);
    const tenantId = givenId(body.tenantId) ?? "";
    if (store.tenants.byId(tenantId) === undefined) throw invalid("User is referencing to non-existent tenant!");
    return { tenantId, customerId: NULL_UUID };
  }
  const { tenantId } = claims;
  if (body.authority === "TENANT_ADMIN") return { tenantId, customerId: NULL_UUID };
  const customerId = givenId(body.customerId) ?? "";
  if (store.customers.byId(customerId)?.tenantId !== tenantId) {
    throw invalid("User is referencing to non-existent customer!");
  }
  return { tenantId, customerId };
}

/** A system administrator reaches administrators only, not the users of a tenant's customers. */
function userOf(idText: string, claims: Claims, store: Store): UserRow {
  const id = idOf(idText);
  const user = store.users.byId(id);
  const system = claims.scopes[0] === "SYS_ADMIN";
  const reached =
    user !== undefined && (system ? user.authority !== "CUSTOMER_USER" : user.tenantId === claims.tenantId);
  if (!reached) throw notFound("User", id);
  return user;
}

function invalid(message: string): ApiError {
  return new ApiError(withMessage(PROBLEMS.invalidBody, message));
}
