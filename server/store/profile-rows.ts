/** Device profiles: the name is the `type` of their devices, the rest is kept as it was sent (contract 12.5). */
import { randomUUID } from "node:crypto";
import { ProvisionKeys, type ProvisionProfile } from "./provision-keys.ts";
import type { Statements } from "./statements.ts";
import type { Page, PageQuery } from "./store.ts";

export interface ProfileRow {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly createdTime: number;
  /** The object as it was saved, JSON text; null when it was made with its first device. */
  readonly body: string | null;
}

const PROFILES = {
  from: "FROM device_profiles WHERE tenantId = @tenantId AND (@text IS NULL OR name LIKE @text ESCAPE '\\')",
  columns: ["createdTime", "name"],
};

export class ProfileRows {
  readonly #sql: Statements;
  readonly #provisionKeys = new ProvisionKeys();

  constructor(sql: Statements) {
    this.#sql = sql;
    const saved = sql.all<ProfileRow>("SELECT * FROM device_profiles WHERE body IS NOT NULL ORDER BY createdTime, id");
    for (const profile of saved) this.#provisionKeys.put(profile);
  }

  /** Id of the tenant's profile of this name, made when there is none. */
  idOf(tenantId: string, name: string): string {
    const known = this.byName(tenantId, name);
    if (known !== undefined) return known.id;
    const profile = { id: randomUUID(), tenantId, name, createdTime: Date.now(), body: null };
    this.insert(profile);
    return profile.id;
  }

  /** Throws ConflictError. */
  insert(profile: ProfileRow): void {
    this.#provisionKeys.check(profile);
    const sql = `INSERT INTO device_profiles (id, tenantId, name, createdTime, body)
      VALUES (@id, @tenantId, @name, @createdTime, @body)`;
    this.#sql.runUnique("profile_name", sql, profile);
    this.#provisionKeys.put(profile);
  }

  /** Its devices get the new name as their type. Throws ConflictError. */
  update(profile: ProfileRow): void {
    this.#provisionKeys.check(profile);
    this.#sql.database.transaction(() => {
      const sql = "UPDATE device_profiles SET name = @name, body = @body WHERE id = @id";
      this.#sql.runUnique("profile_name", sql, profile);
      this.#sql.run("UPDATE devices SET type = @name WHERE deviceProfileId = @id", profile);
    })();
    this.#provisionKeys.put(profile);
  }

  byId(id: string): ProfileRow | undefined {
    return this.#sql.one("SELECT * FROM device_profiles WHERE id = ?", id);
  }

  /** The profile that a provision key and its secret open (contract 12.4). */
  byProvisionKey(key: string, secret: string): ProvisionProfile | undefined {
    return this.#provisionKeys.find(key, secret);
  }

  byName(tenantId: string, name: string): ProfileRow | undefined {
    return this.#sql.one("SELECT * FROM device_profiles WHERE tenantId = ? AND name = ?", tenantId, name);
  }

  page(tenantId: string, query: PageQuery): Page<ProfileRow> {
    return this.#sql.page(PROFILES, query, { tenantId });
  }

  isUsed(id: string): boolean {
    return this.#sql.one("SELECT 1 FROM devices WHERE deviceProfileId = ? LIMIT 1", id) !== undefined;
  }

  delete(id: string): void {
    this.#sql.run("DELETE FROM device_profiles WHERE id = ?", id);
    this.#provisionKeys.delete(id);
  }
}
