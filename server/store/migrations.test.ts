import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { DeviceRegistry } from "./device-registry.ts";
import { INITIAL } from "./migrations/001-initial.ts";
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

test("a data folder of the first release opens with all it had, and a second time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-store-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const old = new Database(join(folder, "rpcfleet.sqlite"));
  old.exec(INITIAL);
  old.exec(ROWS);
  old.pragma("user_version = 1");
  old.close();
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
