import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readServerOptions, ServerOptionsError } from "../options.ts";
import { readRateLimit } from "../rate-limit.ts";
import { type LiveServer, startLiveServer } from "../testing/live-server.ts";
import { newTenant, restClient } from "../testing/rest-client.ts";
import { createRestLimits } from "./rest-limits.ts";
import type { Claims } from "./tokens.ts";

const claimsOf = (authority: "SYS_ADMIN" | "TENANT_ADMIN" | "CUSTOMER_USER", customerId = "c"): Claims => ({
  sub: "",
  userId: "",
  scopes: [authority],
  sessionId: "",
  iat: 0,
  exp: 0,
  isPublic: false,
  tenantId: "t",
  customerId,
});

describe("who is limited (4.5)", () => {
  const limits = (tenant: string, customer: string) =>
    createRestLimits({
      tenantRestLimits: readRateLimit(tenant) ?? [],
      customerRestLimits: readRateLimit(customer) ?? [],
    });

  test("a tenant's requests count together; customers apart; a system administrator has no limit", () => {
    const problem = limits("3:10", "");
    expect(problem(claimsOf("TENANT_ADMIN"), 0)).toBeUndefined();
    expect(problem(claimsOf("CUSTOMER_USER", "a"), 0)).toBeUndefined();
    expect(problem(claimsOf("CUSTOMER_USER", "b"), 0)).toBeUndefined();
    const refused = { status: 429, errorCode: 33, message: "Too many requests for current tenant!" };
    expect(problem(claimsOf("TENANT_ADMIN"), 0)).toEqual(refused);
    expect(problem({ ...claimsOf("TENANT_ADMIN"), tenantId: "other" }, 0)).toBeUndefined();
    for (let i = 0; i < 10; i++) expect(problem(claimsOf("SYS_ADMIN"), 0)).toBeUndefined();
    expect(problem(claimsOf("TENANT_ADMIN"), 10_000)).toBeUndefined();
  });

  test("a customer has its own limit, and an administrator none of those", () => {
    const problem = limits("", "1:10");
    expect(problem(claimsOf("CUSTOMER_USER", "a"), 0)).toBeUndefined();
    expect(problem(claimsOf("CUSTOMER_USER", "a"), 0)).toMatchObject({
      message: "Too many requests for current customer!",
    });
    expect(problem(claimsOf("CUSTOMER_USER", "b"), 0)).toBeUndefined();
    for (let i = 0; i < 3; i++) expect(problem(claimsOf("TENANT_ADMIN"), 0)).toBeUndefined();
  });
});

describe("over HTTP", () => {
  let live: LiveServer;

  beforeAll(async () => {
    // Refills so slowly that no test waits long enough to see it.
    live = await startLiveServer({ tenantRestLimits: "6:1000000", customerRestLimits: "2:1000000" });
  });
  afterAll(() => live.server.close());

  test("management and RPC draw on the same limits; the answer comes before the role, the path and the body", async () => {
    const customer = restClient(live, await live.login("customerB@thingsboard.org", "customer"));
    const rpc = (body: string) => customer.post("/api/rpc/oneway/not-a-uuid", body);
    expect((await customer.get("/api/auth/user")).status).toBe(200);
    expect((await rpc("x")).status).toBe(400);
    const refused = { status: 429, errorCode: 33, message: "Too many requests for current customer!" };
    for (const reply of [
      await customer.get("/api/tenant/devices"),
      await customer.get("/api/nothing"),
      await rpc("x"),
    ]) {
      expect(reply.status).toBe(429);
      expect(reply.json).toMatchObject(refused);
      expect(Object.keys(reply.json).sort()).toEqual(["errorCode", "message", "status", "timestamp"]);
    }
    // Those were requests of the tenant, too.
    const admin = restClient(live, live.admin);
    expect((await admin.get("/api/auth/user")).status).toBe(200);
    expect((await admin.get("/api/auth/user")).json).toMatchObject({
      message: "Too many requests for current tenant!",
    });
    expect((await restClient(live, undefined).get("/api/auth/user")).status).toBe(401);
    const other = await newTenant(live, "Unlimited");
    expect((await restClient(live, other.token).get("/api/auth/user")).status).toBe(200);
  });
});

test("a limit that cannot be read is a wrong option", () => {
  expect(() => readServerOptions({ tenantRestLimits: "10", customerRestLimits: "a:b" })).toThrow(ServerOptionsError);
  expect(readServerOptions({ tenantRestLimits: "10:1,60:60" }).tenantRestLimits).toHaveLength(2);
});
