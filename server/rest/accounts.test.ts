import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDecoder, createSigner } from "fast-jwt";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { activate, newTenant, type RestClient, restClient } from "../testing/rest-client.ts";

const SECRET = "a secret for this test and nothing else";
const OUTDATED = { errorCode: 10, message: "Token is outdated" };
const EXPIRED = { errorCode: 11, message: "Token has expired" };
const decode = createDecoder() as (token: string) => Record<string, unknown>;

/** The same token, issued a second earlier: tests do not wait. */
const earlier = (token: string): string => {
  const claims = decode(token);
  return createSigner({ key: SECRET, algorithm: "HS512" })({ ...claims, iat: (claims.iat as number) - 1 });
};

describe("accounts", () => {
  let live: LiveServer;
  let nobody: RestClient;
  let admin: RestClient;
  const lines: string[] = [];

  beforeAll(async () => {
    const logger = pino({ level: "trace" }, { write: (line: string) => lines.push(line) });
    live = await startLiveServer({ jwtSecret: SECRET, maxLoginAttempts: 3, loginLockMs: 600_000, logger });
    nobody = restClient(live, undefined);
    admin = restClient(live, live.admin);
  });
  afterAll(() => live.server.close());

  const login = (username: string, password: string) => nobody.post("/api/auth/login", { username, password });

  test("three wrong passwords lock an account, known or not; others are not touched", async () => {
    const locked = { status: 401, errorCode: 10, message: "User account is locked due to security policy" };
    for (const name of ["customerB@thingsboard.org", "nobody@thingsboard.org"]) {
      for (let i = 0; i < 3; i++) {
        expect((await login(name, "wrong")).json).toMatchObject({ message: "Invalid username or password" });
      }
      expect((await login(name.toUpperCase(), "customer")).json).toMatchObject(locked);
    }
    expect((await login("customerC@thingsboard.org", "customer")).status).toBe(200);
  });

  test("guesses sent at once do not get past the lock", async () => {
    const guesses = await Promise.all([...new Array(12)].map(() => login("customerA@thingsboard.org", "wrong")));
    const messages = guesses.map(({ json }) => json.message as string);
    expect(messages.filter((message) => message.startsWith("Invalid"))).toHaveLength(3);
    expect(messages.filter((message) => message.includes("locked"))).toHaveLength(9);
  });

  test("a new password ends the tokens of before, and answers a pair that counts", async () => {
    const { token, email } = await newTenant(live, "Password");
    const before = (await login(email, "password")).json;
    const old = { token: earlier(before.token), refreshToken: earlier(before.refreshToken) };
    const caller = restClient(live, old.token);
    expect((await caller.get("/api/auth/user")).status).toBe(200);
    const change = (currentPassword: string, newPassword: string) =>
      caller.post("/api/auth/changePassword", { currentPassword, newPassword });
    expect((await change("wrong", "a better one")).json).toMatchObject({
      status: 400,
      errorCode: 31,
      message: "Current password doesn't match!",
    });
    expect((await change("password", "short")).json).toMatchObject({ status: 400 });
    expect((await change("password", "password")).json).toMatchObject({ status: 400 });
    const changed = await change("password", "a better one");
    expect(changed.status).toBe(200);
    expect((await caller.get("/api/auth/user")).json).toMatchObject(EXPIRED);
    expect((await nobody.post("/api/auth/token", { refreshToken: old.refreshToken })).json).toMatchObject(OUTDATED);
    const rpc = await live.send(`/api/rpc/oneway/${await live.deviceId("Test Device A1")}`, {
      method: "POST",
      token: old.token,
      body: '{"method":"m"}',
    });
    expect(JSON.parse(rpc.body)).toMatchObject(EXPIRED);
    // Compared in whole seconds: a token of the same second still counts (3.1).
    for (const still of [token, changed.json.token]) {
      expect((await restClient(live, still).get("/api/auth/user")).status).toBe(200);
    }
    expect((await login(email, "password")).status).toBe(401);
    expect((await login(email, "a better one")).status).toBe(200);
  });

  test("a user who is not activated cannot log in; an activation counts once", async () => {
    const id = await admin.make("/api/user", { email: "new@example.org", authority: "TENANT_ADMIN" });
    expect((await login("new@example.org", "")).json).toMatchObject({ message: "Authentication failed" });
    expect((await login("new@example.org", "password")).json).toMatchObject({
      message: "Invalid username or password",
    });
    const link = (await admin.get(`/api/user/${id}/activationLink`)).body;
    const token = await activate(live, admin, id);
    expect((await restClient(live, token).get("/api/auth/user")).json).toMatchObject({ email: "new@example.org" });
    expect((await login("NEW@example.org", "password")).status).toBe(200);
    const activateToken = new URL(link).searchParams.get("activateToken");
    const again = await nobody.post("/api/noauth/activate", { activateToken, password: "stolen password" });
    expect(again.status).toBe(400);
    expect((await admin.get(`/api/user/${id}/activationLink`)).status).toBe(400);
    const twice = await admin.post("/api/user", { email: "New@example.org", authority: "TENANT_ADMIN" });
    expect(twice.json).toMatchObject({ status: 400, errorCode: 31 });
  });

  test("a deleted user's tokens end at once", async () => {
    const id = await admin.make("/api/user", { email: "leaver@example.org", authority: "TENANT_ADMIN" });
    const leaver = restClient(live, await activate(live, admin, id));
    const { refreshToken } = (await login("leaver@example.org", "password")).json;
    expect((await leaver.get("/api/tenant/devices?pageSize=1&page=0")).status).toBe(200);
    expect((await admin.delete(`/api/user/${id}`)).status).toBe(200);
    expect((await leaver.get("/api/tenant/devices?pageSize=1&page=0")).json).toMatchObject(EXPIRED);
    expect((await nobody.post("/api/auth/token", { refreshToken })).json).toMatchObject(OUTDATED);
  });

  test("an account that is switched off takes its password and no tokens", async () => {
    const id = await admin.make("/api/user", { email: "off@example.org", authority: "TENANT_ADMIN" });
    const caller = restClient(live, await activate(live, admin, id));
    const enable = (enabled: boolean) =>
      admin.post(`/api/user/${id}/userCredentialsEnabled?userCredentialsEnabled=${enabled}`);
    expect((await caller.get("/api/auth/user")).status).toBe(200);
    expect((await enable(false)).status).toBe(200);
    expect((await caller.get("/api/auth/user")).json).toMatchObject(EXPIRED);
    expect((await login("off@example.org", "password")).json).toMatchObject({
      status: 401,
      errorCode: 10,
      message: "User account is not active",
    });
    expect((await login("off@example.org", "wrong")).json).toMatchObject({ message: "Invalid username or password" });
    expect((await enable(true)).status).toBe(200);
    expect((await login("off@example.org", "password")).status).toBe(200);
  });

  test("no secret of all this reached the log", () => {
    const log = lines.join("");
    expect(log).toContain("server started");
    for (const secret of [SECRET, "a better one", "password", "eyJ", "activateToken"])
      expect(log).not.toContain(secret);
  });
});

test("what ended stays ended after a restart: a logout, a password, an account", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "rpcfleet-accounts-"));
  onTestFinished(() => rm(dataFolder, { recursive: true }));
  const options = { jwtSecret: SECRET, dataFolder };
  const first = await startLiveServer(options);
  const admin = restClient(first, first.admin);
  const loggedOut = await first.login("tenant@thingsboard.org", "tenant");
  await restClient(first, loggedOut).post("/api/auth/logout");
  const id = await admin.make("/api/user", { email: "gone@example.org", authority: "TENANT_ADMIN" });
  const gone = await activate(first, admin, id);
  await admin.delete(`/api/user/${id}`);
  const caller = await first.login("customer@thingsboard.org", "customer");
  const passwords = { currentPassword: "customer", newPassword: "a better one" };
  const { token } = (await restClient(first, caller).post("/api/auth/changePassword", passwords)).json;
  await first.server.close();

  const second = await startLiveServer(options);
  for (const [ended, status] of [
    [loggedOut, 401],
    [gone, 401],
    [earlier(caller), 401],
    [token, 200],
    [first.admin, 200],
  ] as const) {
    expect((await restClient(second, ended).get("/api/auth/user")).status).toBe(status);
  }
  await second.server.close();
});

test("the key of the signature may come from the environment; an option wins over it", async () => {
  vi.stubEnv("RPCFLEET_JWT_SECRET", "the key of the environment");
  onTestFinished(() => void vi.unstubAllEnvs());
  const signedBy = (token: string, key: string): Promise<number> => {
    const forged = createSigner({ key, algorithm: "HS512" })({ ...decode(token), jti: "forged" });
    return live.send("/api/auth/user", { token: forged }).then(({ status }) => status);
  };
  let live = await startLiveServer();
  expect(await signedBy(live.admin, "the key of the environment")).toBe(200);
  await live.server.close();
  live = await startLiveServer({ jwtSecret: SECRET });
  expect(await signedBy(live.admin, "the key of the environment")).toBe(401);
  expect(await signedBy(live.admin, SECRET)).toBe(200);
  await live.server.close();
});
