/** The Store on SQLite: a file with write-ahead logging, or memory. Migrations run in order, once each, counted by user_version. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { INITIAL } from "./migrations/001-initial.ts";
import { RPC_ROWS } from "./migrations/002-rpc.ts";
import { MANAGEMENT } from "./migrations/003-management.ts";
import { RpcRows } from "./rpc-rows.ts";
import {
  ConflictError,
  type CredentialsRow,
  type CustomerRow,
  type DevicePage,
  type DevicePageQuery,
  type DeviceRow,
  type RegisteredDevice,
  type Store,
  type TenantRow,
  type UserRow,
} from "./store.ts";

const MIGRATIONS: readonly string[] = [INITIAL, RPC_ROWS, MANAGEMENT];
const DATABASE_FILE = "rpcfleet.sqlite";
const BUSY_TIMEOUT_MS = 5_000;

/** Opens the store in `dataFolder` (made when absent), or in memory when that is undefined. */
export function openSqliteStore(dataFolder: string | undefined): Store {
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true });
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

class SqliteStore implements Store {
  readonly rpcs: RpcRows;
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
    this.rpcs = new RpcRows(database);
  }

  setting(key: string): string | undefined {
    return this.#one<{ value: string }>("SELECT value FROM settings WHERE key = ?", key)?.value;
  }

  putSetting(key: string, value: string): void {
    this.#run("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value);
  }

  insertTenant(tenant: TenantRow): void {
    this.#run("INSERT INTO tenants VALUES (@id, @title, @createdTime)", tenant);
  }

  insertCustomer(customer: CustomerRow): void {
    this.#run(
      "INSERT INTO customers (id, tenantId, title, createdTime) VALUES (@id, @tenantId, @title, @createdTime)",
      customer,
    );
  }

  customerById(id: string): CustomerRow | undefined {
    return this.#one("SELECT * FROM customers WHERE id = ?", id);
  }

  insertUser(user: UserRow): void {
    this.#run(
      `INSERT INTO users (id, createdTime, tenantId, customerId, email, authority, firstName, lastName, passwordHash)
       VALUES (@id, @createdTime, @tenantId, @customerId, @email, @authority, @firstName, @lastName, @passwordHash)`,
      user,
    );
  }

  userByEmail(email: string): UserRow | undefined {
    return this.#one("SELECT * FROM users WHERE email = ?", email);
  }

  userById(id: string): UserRow | undefined {
    return this.#one("SELECT * FROM users WHERE id = ?", id);
  }

  deviceProfileId(tenantId: string, name: string): string {
    this.#run(
      "INSERT INTO device_profiles (id, tenantId, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      randomUUID(),
      tenantId,
      name,
    );
    const profile = this.#one<{ id: string }>(
      "SELECT id FROM device_profiles WHERE tenantId = ? AND name = ?",
      tenantId,
      name,
    );
    return (profile as { id: string }).id;
  }

  insertDevice(device: DeviceRow, credentials: CredentialsRow): void {
    this.transaction(() => {
      refusing("device_name", () =>
        this.#run(
          `INSERT INTO devices VALUES (@id, @createdTime, @tenantId, @customerId, @name, @type, @label, @deviceProfileId,
           @additionalInfo)`,
          device,
        ),
      );
      refusing("access_token", () =>
        this.#run(
          `INSERT INTO credentials VALUES (@id, @createdTime, @deviceId, @credentialsType, @credentialsId, @credentialsValue)`,
          credentials,
        ),
      );
    });
  }

  updateDevice(device: DeviceRow): void {
    refusing("device_name", () =>
      this.#run(
        `UPDATE devices SET customerId = @customerId, name = @name, type = @type, label = @label, deviceProfileId = @deviceProfileId,
         additionalInfo = @additionalInfo WHERE id = @id`,
        device,
      ),
    );
  }

  deleteDevice(id: string): void {
    this.#run("DELETE FROM devices WHERE id = ?", id);
  }

  deviceById(id: string): DeviceRow | undefined {
    return this.#one("SELECT * FROM devices WHERE id = ?", id);
  }

  deviceByName(tenantId: string, name: string): DeviceRow | undefined {
    return this.#one("SELECT * FROM devices WHERE tenantId = ? AND name = ?", tenantId, name);
  }

  devicePage(query: DevicePageQuery): DevicePage {
    const filter = {
      tenantId: query.tenantId,
      type: query.type ?? null,
      text: query.textSearch === undefined ? null : `%${query.textSearch.replace(/[\\%_]/g, "\\$&")}%`,
    };
    const where = `FROM devices WHERE tenantId = @tenantId AND (@type IS NULL OR type = @type)
      AND (@text IS NULL OR name LIKE @text ESCAPE '\\')`;
    const order = `${query.sortProperty} ${query.descending ? "DESC" : "ASC"}, id`;
    const devices = this.#all<DeviceRow>(`SELECT * ${where} ORDER BY ${order} LIMIT @limit OFFSET @offset`, {
      ...filter,
      limit: query.pageSize,
      offset: query.pageSize * query.page,
    });
    const counted = this.#one<{ total: number }>(`SELECT count(*) AS total ${where}`, filter);
    return { devices, total: (counted as { total: number }).total };
  }

  credentialsOf(deviceId: string): CredentialsRow | undefined {
    return this.#one("SELECT * FROM credentials WHERE deviceId = ?", deviceId);
  }

  updateCredentials(credentials: CredentialsRow): void {
    refusing("access_token", () =>
      this.#run(
        `UPDATE credentials SET credentialsType = @credentialsType, credentialsId = @credentialsId,
         credentialsValue = @credentialsValue WHERE deviceId = @deviceId`,
        credentials,
      ),
    );
  }

  registeredDevices(): readonly RegisteredDevice[] {
    return this.#all(
      `SELECT deviceId, tenantId, customerId, additionalInfo, credentialsType, credentialsId, credentialsValue
       FROM devices JOIN credentials ON credentials.deviceId = devices.id`,
    );
  }

  transaction(work: () => void): void {
    this.#database.transaction(work)();
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  #one<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: unknown[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }
}

/** Turns the violation of a UNIQUE constraint inside `work` into a ConflictError. */
function refusing(what: ConflictError["what"], work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as { code?: string }).code === "SQLITE_CONSTRAINT_UNIQUE") throw new ConflictError(what);
    throw error;
  }
}
