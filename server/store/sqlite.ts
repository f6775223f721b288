/** The Store on SQLite: a file with write-ahead logging, or memory. Migrations run in order, once each, counted by user_version. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { DashboardRows } from "./dashboard-rows.ts";
import { INITIAL } from "./migrations/001-initial.ts";
import { RPC_ROWS } from "./migrations/002-rpc.ts";
import { MANAGEMENT } from "./migrations/003-management.ts";
import { ENDED_SESSIONS } from "./migrations/004-ended-sessions.ts";
import { RPC_PER_TENANT } from "./migrations/005-rpc-per-tenant.ts";
import { ProfileRows } from "./profile-rows.ts";
import { RpcRows } from "./rpc-rows.ts";
import { Statements } from "./statements.ts";
import {
  type CredentialsRow,
  DEVICE_SORT_PROPERTIES,
  type DeviceFilter,
  type DeviceRow,
  type Page,
  type PageQuery,
  type RegisteredDevice,
  type Store,
} from "./store.ts";
import { CustomerRows, TenantRows } from "./tenant-rows.ts";
import { UserRows } from "./user-rows.ts";

const MIGRATIONS: readonly string[] = [INITIAL, RPC_ROWS, MANAGEMENT, ENDED_SESSIONS, RPC_PER_TENANT];
const DATABASE_FILE = "rpcfleet.sqlite";
const BUSY_TIMEOUT_MS = 5_000;
/** A folder that is made here holds the key of the tokens and the devices' credentials. */
const OWNER_ONLY = 0o700;

/** Opens the store in `dataFolder` (made when absent), or in memory when that is undefined. */
export function openSqliteStore(dataFolder: string | undefined): Store {
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true, mode: OWNER_ONLY });
  const database = new Database(dataFolder === undefined ? ":memory:" : join(dataFolder, DATABASE_FILE), {
    timeout: BUSY_TIMEOUT_MS,
  });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.pragma("foreign_keys = ON");
  migrate(database);
  return new SqliteStore(database);
}

function migrate(database: Database.Database): void {
  const done = database.pragma("user_version", { simple: true }) as number;
  for (let version = done; version < MIGRATIONS.length; version++) {
    database.transaction(() => {
      database.exec(MIGRATIONS[version] as string);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}

const DEVICES = {
  from: `FROM devices WHERE tenantId = @tenantId AND (@customerId IS NULL OR customerId = @customerId)
    AND (@type IS NULL OR type = @type) AND (@deviceProfileId IS NULL OR deviceProfileId = @deviceProfileId)
    AND (@text IS NULL OR name LIKE @text ESCAPE '\\')`,
  columns: DEVICE_SORT_PROPERTIES,
};

class SqliteStore implements Store {
  readonly rpcs: RpcRows;
  readonly tenants: TenantRows;
  readonly customers: CustomerRows;
  readonly users: UserRows;
  readonly profiles: ProfileRows;
  readonly dashboards: DashboardRows;
  readonly #sql: Statements;

  constructor(database: Database.Database) {
    this.#sql = new Statements(database);
    this.rpcs = new RpcRows(database);
    this.tenants = new TenantRows(this.#sql);
    this.customers = new CustomerRows(this.#sql);
    this.users = new UserRows(this.#sql);
    this.profiles = new ProfileRows(this.#sql);
    this.dashboards = new DashboardRows(this.#sql);
  }

  setting(key: string): string | undefined {
    return this.#sql.one<{ value: string }>("SELECT value FROM settings WHERE key = ?", key)?.value;
  }

  putSetting(key: string, value: string): void {
    this.#sql.run("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value);
  }

  insertDevice(device: DeviceRow, credentials: CredentialsRow): void {
    this.transaction(() => {
      this.#sql.runUnique(
        "device_name",
        `INSERT INTO devices VALUES (@id, @createdTime, @tenantId, @customerId, @name, @type, @label, @deviceProfileId,
         @additionalInfo)`,
        device,
      );
      this.#sql.runUnique(
        "access_token",
        `INSERT INTO credentials VALUES (@id, @createdTime, @deviceId, @credentialsType, @credentialsId, @credentialsValue)`,
        credentials,
      );
    });
  }

  updateDevice(device: DeviceRow): void {
    this.#sql.runUnique(
      "device_name",
      `UPDATE devices SET customerId = @customerId, name = @name, type = @type, label = @label,
       deviceProfileId = @deviceProfileId, additionalInfo = @additionalInfo WHERE id = @id`,
      device,
    );
  }

  deleteDevice(id: string): void {
    this.#sql.run("DELETE FROM devices WHERE id = ?", id);
  }

  deviceById(id: string): DeviceRow | undefined {
    return this.#sql.one("SELECT * FROM devices WHERE id = ?", id);
  }

  deviceByName(tenantId: string, name: string): DeviceRow | undefined {
    return this.#sql.one("SELECT * FROM devices WHERE tenantId = ? AND name = ?", tenantId, name);
  }

  devicePage({ tenantId, customerId, type, deviceProfileId }: DeviceFilter, query: PageQuery): Page<DeviceRow> {
    const filter = {
      tenantId,
      customerId: customerId ?? null,
      type: type ?? null,
      deviceProfileId: deviceProfileId ?? null,
    };
    return this.#sql.page(DEVICES, query, filter);
  }

  credentialsOf(deviceId: string): CredentialsRow | undefined {
    return this.#sql.one("SELECT * FROM credentials WHERE deviceId = ?", deviceId);
  }

  updateCredentials(credentials: CredentialsRow): void {
    this.#sql.runUnique(
      "access_token",
      `UPDATE credentials SET credentialsType = @credentialsType, credentialsId = @credentialsId,
       credentialsValue = @credentialsValue WHERE deviceId = @deviceId`,
      credentials,
    );
  }

  registeredDevices(): readonly RegisteredDevice[] {
    return this.#sql.all(
      `SELECT deviceId, tenantId, customerId, additionalInfo, credentialsType, credentialsId, credentialsValue
       FROM devices JOIN credentials ON credentials.deviceId = devices.id`,
    );
  }

  transaction(work: () => void): void {
    this.#sql.database.transaction(work)();
  }

  close(): void {
    this.#sql.database.close();
  }
}
