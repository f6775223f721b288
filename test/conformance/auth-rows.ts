/** Sections 3.1 to 3.4: tokens, and what becomes of a caller without a good one. */
import type { Row } from "./row.ts";
import { expectEqual, expectProblem, expectThat, type World } from "./world.ts";

const DEVICE = "00000000-0000-4000-8000-000000000000";

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString()) as Record<string, unknown>;
}

async function pair(world: World): Promise<{ token: string; refreshToken: string }> {
  const { username, password } = world.target;
  const reply = await world.send("/api/auth/login", { body: JSON.stringify({ username, password }), token: false });
  return JSON.parse(reply.body) as { token: string; refreshToken: string };
}

export const AUTH_ROWS: readonly Row[] = [
  {
    contract: "3.1",
    rule: "a refresh gives a new pair, and the old one stays good",
    check: async (world) => {
      const first = await pair(world);
      const body = JSON.stringify({ refreshToken: first.refreshToken });
      const reply = await world.send("/api/auth/token", { body, token: false });
      expectEqual(reply.status, 200, "status");
      const second = JSON.parse(reply.body) as { token: string; refreshToken: string };
      expectThat(second.refreshToken !== first.refreshToken, "the refresh token rotates");
      for (const token of [first.token, second.token]) {
        expectEqual((await world.send("/api/auth/user", { token })).status, 200, "present user");
      }
    },
  },
  {
    contract: "3.2",
    rule: "a wrong password is 401 with errorCode 10",
    check: async (world) => {
      const body = JSON.stringify({ username: world.target.username, password: "certainly wrong" });
      expectProblem(await world.send("/api/auth/login", { body, token: false }), 401, 10);
    },
  },
  {
    contract: "3.2",
    rule: "no header is 401 with errorCode 10; so is a token that is none",
    check: async (world) => {
      const path = `/api/rpc/oneway/${DEVICE}`;
      expectProblem(await world.send(path, { body: '{"method":"m"}', token: false }), 401, 10);
      expectProblem(await world.send(path, { body: '{"method":"m"}', token: "nonsense" }), 401, 10);
    },
  },
  {
    contract: "3.2",
    rule: "a token signed by another is 401 with errorCode 11",
    check: async (world) => {
      const forged = `${world.admin.slice(0, world.admin.lastIndexOf("."))}.${"A".repeat(86)}`;
      expectProblem(await world.send("/api/auth/user", { token: forged }), 401, 11);
    },
  },
  {
    contract: "3.3",
    rule: "Authorization is read when X-Authorization is absent",
    check: async (world) => {
      const headers = { authorization: `Bearer ${world.admin}` };
      expectEqual((await world.send("/api/auth/user", { token: false, headers })).status, 200, "status");
    },
  },
  {
    contract: "3.4",
    rule: "both tokens are HS512 JWTs with iat, exp and the scopes",
    check: async (world) => {
      const { token, refreshToken } = await pair(world);
      const header = JSON.parse(Buffer.from(token.split(".")[0] as string, "base64url").toString()) as { alg: string };
      expectEqual(header.alg, "HS512", "alg");
      const [access, refresh] = [claimsOf(token), claimsOf(refreshToken)];
      for (const claims of [access, refresh]) {
        expectThat(Number(claims.exp) > Number(claims.iat), "exp is after iat");
      }
      expectEqual([access.scopes, refresh.scopes], [["TENANT_ADMIN"], ["REFRESH_TOKEN"]], "scopes");
    },
  },
];
