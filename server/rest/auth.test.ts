import { createDecoder, createSigner } from "fast-jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";

const SECRET = "a secret for this test and nothing else";
const decode = createDecoder() as (token: string) => Record<string, unknown>;

describe("authentication", () => {
  let live: LiveServer;
  let refreshToken: string;
  const post = (path: string, body: string) => live.send(path, { method: "POST", body });
  const user = (token: string) => live.send("/api/auth/user", { token });
  const forged = (claims: Record<string, unknown>, key = SECRET) =>
    createSigner({ key, algorithm: "HS512" })({ ...decode(live.admin), ...claims });

  beforeAll(async () => {
    live = await startLiveServer({ jwtSecret: SECRET });
    const pair = await post("/api/auth/login", '{"username":"tenant@thingsboard.org","password":"tenant"}');
    refreshToken = JSON.parse(pair.body).refreshToken;
  });
  afterAll(() => live.server.close());

  test("tokens are JWTs with the claims that clients decode", () => {
    const access = decode(live.admin);
    expect(access).toMatchObject({
      sub: "tenant@thingsboard.org",
      scopes: ["TENANT_ADMIN"],
      iss: "thingsboard.io",
      customerId: "13814000-1dd2-11b2-8080-808080808080",
      enabled: true,
      isPublic: false,
    });
    expect((access.exp as number) - (access.iat as number)).toBe(9_000);
    const refresh = decode(refreshToken);
    expect(refresh).toMatchObject({ scopes: ["REFRESH_TOKEN"], iss: "thingsboard.io" });
    expect((refresh.exp as number) - (refresh.iat as number)).toBe(604_800);
    expect(refresh).not.toHaveProperty("tenantId");
  });

  test.each([
    ["wrong password", '{"username":"tenant@thingsboard.org","password":"x"}', "Invalid username or password"],
    ["unknown user", '{"username":"nobody@x.org","password":"x"}', "Invalid username or password"],
    ["blank username", '{"username":" ","password":"x"}', "Authentication failed"],
    ["empty password", '{"username":"tenant@thingsboard.org","password":""}', "Authentication failed"],
    ["not JSON", "{", "Authentication failed"],
    ["other JSON", "[1]", "Authentication failed"],
  ])("login with %s is 401 code 10", async (_name, body, message) => {
    const reply = await post("/api/auth/login", body);
    expect(reply.status).toBe(401);
    expect(JSON.parse(reply.body)).toMatchObject({ status: 401, errorCode: 10, message });
  });

  test("GET on the login and refresh URLs is 401", async () => {
    for (const path of ["/api/auth/login", "/api/auth/token"]) {
      const reply = await live.send(path);
      expect(JSON.parse(reply.body)).toMatchObject({ errorCode: 10, message: "Authentication method not supported" });
      expect(reply.status).toBe(401);
    }
  });

  test("a token is malformed, expired, or signed by another: told apart as in 3.2", async () => {
    const now = Math.floor(Date.now() / 1_000);
    const rows: [string, number, number, string][] = [
      ["rubbish", 401, 10, "Invalid username or password"],
      [forged({ exp: now - 1 }), 401, 11, "Token has expired"],
      [forged({}, "another key"), 401, 11, "Token has expired"],
    ];
    for (const [token, status, errorCode, message] of rows) {
      const reply = await user(token);
      expect(JSON.parse(reply.body)).toMatchObject({ status, errorCode, message });
      expect(reply.status).toBe(status);
    }
    expect((await user(forged({ exp: now + 60 }))).status).toBe(200);
  });

  test("no header, a blank one, the fallback header, a bare token", async () => {
    const status = async (headers: Record<string, string>) => (await live.send("/api/auth/user", { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ "x-authorization": "" })).toBe(401);
    expect(await status({ authorization: `Bearer ${live.admin}` })).toBe(200);
    const bare = await live.send("/api/auth/user", { headers: { "x-authorization": live.admin } });
    expect(JSON.parse(bare.body)).toMatchObject({ errorCode: 10, message: "Invalid username or password" });
  });

  test("a refresh rotates both tokens and leaves the old pair valid", async () => {
    const reply = await post("/api/auth/token", JSON.stringify({ refreshToken }));
    const pair = JSON.parse(reply.body) as { token: string; refreshToken: string };
    expect(pair.token).not.toBe(live.admin);
    expect(pair.refreshToken).not.toBe(refreshToken);
    expect((await user(pair.token)).status).toBe(200);
    expect((await user(live.admin)).status).toBe(200);
    expect((await post("/api/auth/token", JSON.stringify({ refreshToken }))).status).toBe(200);
  });

  test("tokens of the wrong kind are 500, a blank refresh token is 401", async () => {
    const access = await post("/api/auth/token", JSON.stringify({ refreshToken: live.admin }));
    expect(JSON.parse(access.body)).toMatchObject({
      status: 500,
      errorCode: 2,
      message: "Invalid Refresh Token scope",
    });
    expect(JSON.parse((await user(refreshToken)).body)).toMatchObject({ status: 500, errorCode: 2 });
    expect(JSON.parse((await post("/api/auth/token", '{"refreshToken":" "}')).body)).toMatchObject({ errorCode: 10 });
  });

  test("logout ends the tokens of that login and no other", async () => {
    const reply = await post("/api/auth/login", '{"username":"tenant@thingsboard.org","password":"tenant"}');
    const pair = JSON.parse(reply.body) as { token: string; refreshToken: string };
    expect((await live.send("/api/auth/logout", { method: "POST", token: pair.token })).status).toBe(200);
    expect(JSON.parse((await user(pair.token)).body)).toMatchObject({ errorCode: 11, message: "Token has expired" });
    const refresh = await post("/api/auth/token", JSON.stringify({ refreshToken: pair.refreshToken }));
    expect(JSON.parse(refresh.body)).toMatchObject({ status: 401, errorCode: 10, message: "Token is outdated" });
    expect((await user(live.admin)).status).toBe(200);
  });

  test("the user object", async () => {
    expect(JSON.parse((await user(live.admin)).body)).toMatchObject({
      id: { entityType: "USER" },
      tenantId: { entityType: "TENANT" },
      email: "tenant@thingsboard.org",
      authority: "TENANT_ADMIN",
    });
  });
});
