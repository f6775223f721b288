/** Users: their passwords, their activation, and since when their tokens count (contract 3.1, 12.5). */
import type { Statements } from "./statements.ts";
import type { Authority, Page, PageQuery, UserRow } from "./store.ts";

const INSERT = `INSERT INTO users (id, createdTime, tenantId, customerId, email, authority, firstName, lastName, passwordHash,
  enabled, activateToken, tokensFrom) VALUES (@id, @createdTime, @tenantId, @customerId, @email, @authority, @firstName,
  @lastName, @passwordHash, @enabled, @activateToken, @tokensFrom)`;
const USERS = {
  from: `FROM users WHERE (@tenantId IS NULL OR tenantId = @tenantId) AND (@customerId IS NULL OR customerId = @customerId)
    AND (@authority IS NULL OR authority = @authority) AND (@text IS NULL OR email LIKE @text ESCAPE '\\')`,
  columns: ["createdTime", "email", "firstName", "lastName"],
};

/** Which users a list holds. */
export interface UserFilter {
  readonly tenantId?: string;
  readonly customerId?: string;
  readonly authority?: Authority;
}

export interface EndedSession {
  readonly sessionId: string;
  /** Epoch seconds. */
  readonly untilS: number;
}

export class UserRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Throws ConflictError. */
  insert(user: UserRow): void {
    this.#sql.runUnique("email", INSERT, user);
  }

  /** E-mail and names. Throws ConflictError. */
  update(user: UserRow): void {
    const sql = "UPDATE users SET email = @email, firstName = @firstName, lastName = @lastName WHERE id = @id";
    this.#sql.runUnique("email", sql, user);
  }

  /** Tokens issued before `tokensFrom` (epoch seconds) count no more; the activation token is used up. */
  setPassword(id: string, passwordHash: string, tokensFrom: number): void {
    this.#sql.run(
      "UPDATE users SET passwordHash = ?, tokensFrom = ?, enabled = 1, activateToken = NULL WHERE id = ?",
      passwordHash,
      tokensFrom,
      id,
    );
  }

  setEnabled(id: string, enabled: boolean): void {
    this.#sql.run("UPDATE users SET enabled = ? WHERE id = ?", enabled ? 1 : 0, id);
  }

  /** Case-insensitive. */
  byEmail(email: string): UserRow | undefined {
    return this.#sql.one("SELECT * FROM users WHERE email = ?", email);
  }

  byId(id: string): UserRow | undefined {
    return this.#sql.one("SELECT * FROM users WHERE id = ?", id);
  }

  byActivateToken(token: string): UserRow | undefined {
    return this.#sql.one("SELECT * FROM users WHERE activateToken = ?", token);
  }

  page({ tenantId, customerId, authority }: UserFilter, query: PageQuery): Page<UserRow> {
    const filter = { tenantId: tenantId ?? null, customerId: customerId ?? null, authority: authority ?? null };
    return this.#sql.page(USERS, query, filter);
  }

  /** Remembers a logout until `untilS` (epoch seconds). */
  endSession(sessionId: string, untilS: number): void {
    this.#sql.run("INSERT INTO ended_sessions VALUES (?, ?) ON CONFLICT DO NOTHING", sessionId, untilS);
  }

  /** The logouts that still matter at `nowS`, oldest first; the others are forgotten. */
  endedSessions(nowS: number): readonly EndedSession[] {
    this.#sql.run("DELETE FROM ended_sessions WHERE untilS <= ?", nowS);
    return this.#sql.all("SELECT * FROM ended_sessions ORDER BY untilS");
  }

  delete(id: string): void {
    this.#sql.run("DELETE FROM users WHERE id = ?", id);
  }
}
