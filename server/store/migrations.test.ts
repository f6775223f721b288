import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { DeviceRegistry } from "./device-registry.ts";
import { INITIAL } from "./migrations/001-initial.ts";
import { RPC_ROWS } from "./migrations/002-rpc.ts";
import { MANAGEMENT } from "./migrations/003-management.ts";
import { ENDED_SESSIONS } from "./migrations/004-ended-sessions.ts";
import { COUNT_UNFINISHED } from "./rpc-rows.ts";
import { openSqliteStore } from "./sqlite.ts";

const ROWS = `
INSERT INTO settings VALUES ('family', 'tb');
INSERT INTO tenants VALUES ('t', 'Tenant', 1);
INSERT INTO customers VALUES ('c', 't', 'Customer A', 2);
INSERT INTO users VALUES ('u', 3, 't', 'c', 'a@x.org', 'CUSTOMER_USER', NULL, NULL, 'scrypt$1$x$y');
INSERT INTO device_profiles VALUES ('p', 't', 'default');
INSERT INTO devices VALUES ('d', 4, 't', 'c', 'Device', 'default', NULL, 'p', '{"gateway":true}');
INSERT INTO credentials VALUES ('k', 5, 'd', 'ACCESS_TOKEN', 'token');
`;

/** A data folder as it was after so many migrations. */
async function oldFolder(version: number, ...statements: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const old = new Database(join(folder, "rpcfleet.sqlite"));
  for (const statement of statements) old.exec(statement);
  old.pragma(`user_version = ${version}`);
  old.close();
  return folder;
}

test("a data folder of the first release opens with all it had, and a second time", async () => {
  const folder = await oldFolder(1, INITIAL, ROWS);
  for (let start = 0; start < 2; start++) {
    const store = openSqliteStore(folder);
    const registry = new DeviceRegistry(store);
    expect(registry.deviceOfToken("token")).toBe("d");
    expect(registry.ownerOf("d")).toEqual({ tenantId: "t", customerId: "c" });
    expect(registry.isGateway("d")).toBe(true);
    expect(store.users.byEmail("A@X.org")).toMatchObject({ enabled: 1, activateToken: null, tokensFrom: 0 });
    expect(store.customers.byId("c")).toMatchObject({ title: "Customer A", isPublic: 0, additionalInfo: null });
    expect(store.profiles.idOf("t", "default")).toBe("p");
    expect(store.credentialsOf("d")).toMatchObject({ credentialsId: "token", credentialsValue: null });
    store.close();
  }
});

const CALLS = `
INSERT INTO rpc VALUES ('younger', 8, 't', 'd', 99, 0, 'm', '{}', NULL, NULL, 'QUEUED', NULL, NULL);
INSERT INTO rpc VALUES ('older', 7, 't', 'd', 99, 0, 'm', '{}', 2, NULL, 'SENT', NULL, 5);
INSERT INTO rpc VALUES ('oneway', 6, 't', 'd', 99, 1, 'm', '{}', NULL, NULL, 'DELIVERED', NULL, 4);
INSERT INTO rpc VALUES ('ended', 5, 't', 'd', 99, 0, 'm', '{}', NULL, NULL, 'SUCCESSFUL', '1', 3);
`;

test("persistent calls of a time when their ids were unique among all tenants are kept", async () => {
  const folder = await oldFolder(4, INITIAL, ROWS, RPC_ROWS, MANAGEMENT, ENDED_SESSIONS, CALLS);
  const store = openSqliteStore(folder);
  expect(store.rpcs.unfinished().map(({ id, requestId }) => [id, requestId])).toEqual([
    ["older", 5],
    ["younger", null],
  ]);
  expect(store.rpcs.byKey({ tenantId: "t", id: "ended" })).toMatchObject({ status: "SUCCESSFUL", response: "1" });
  expect(store.rpcs.byKey({ tenantId: "other", id: "ended" })).toBeUndefined();
  expect([...store.rpcs.countUnfinished()]).toEqual([
    ["QUEUED", 1],
    ["SENT", 1],
  ]);
  store.close();
  const database = new Database(join(folder, "rpcfleet.sqlite"));
  // Prometheus asks every few seconds: the rows themselves must not be read for it.
  expect(database.prepare(`EXPLAIN QUERY PLAN ${COUNT_UNFINISHED}`).all()).toMatchObject([
    { detail: expect.stringContaining("USING COVERING INDEX rpc_unfinished") },
  ]);
  database.close();
});
