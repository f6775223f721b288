/** The rows of persistent RPC: one a call, from acceptance to deletion. */
import type Database from "better-sqlite3";
import type { RpcStatus } from "../../protocol/requester/rpc-status.ts";

/** What names a row: its id may be its caller's choice, so another tenant may use the same one. */
export interface RpcKey {
  readonly tenantId: string;
  readonly id: string;
}

export interface RpcRow extends RpcKey {
  readonly createdTime: number;
  readonly deviceId: string;
  /** Epoch milliseconds. */
  readonly expirationTime: number;
  readonly oneway: 0 | 1;
  readonly method: string;
  /** JSON text. */
  readonly params: string;
  /** As the caller asked; null when it did not. */
  readonly retries: number | null;
  /** JSON text or null. */
  readonly additionalInfo: string | null;
  readonly status: RpcStatus;
  /** JSON text; null until there is one. */
  readonly response: string | null;
  /** The id it was sent with; null until it was. */
  readonly requestId: number | null;
}

export const RPC_SORT_PROPERTIES = ["createdTime", "expirationTime", "request", "response"] as const;

export interface RpcPageQuery {
  readonly deviceId: string;
  readonly status: RpcStatus | undefined;
  readonly pageSize: number;
  /** From 0. */
  readonly page: number;
  readonly sortProperty: (typeof RPC_SORT_PROPERTIES)[number];
  readonly descending: boolean;
}

export interface RpcPage {
  readonly rows: readonly RpcRow[];
  readonly total: number;
}

/** What a status change writes. */
export interface RpcChange extends RpcKey {
  readonly status: RpcStatus;
  readonly response: string | null;
  readonly requestId: number;
}

const INSERT = `INSERT INTO rpc VALUES (@id, @createdTime, @tenantId, @deviceId, @expirationTime, @oneway, @method, @params,
  @retries, @additionalInfo, @status, @response, @requestId)`;
const CHANGE = `UPDATE rpc SET status = @status, response = coalesce(@response, response), requestId = @requestId
  WHERE tenantId = @tenantId AND id = @id`;
/** As the index rpc_unfinished has it, word for word: nothing else is read for it. */
const IS_UNFINISHED = `status IN ('QUEUED', 'SENT', 'DELIVERED', 'TIMEOUT') AND NOT (oneway = 1 AND status = 'DELIVERED')`;
const UNFINISHED = `SELECT * FROM rpc WHERE ${IS_UNFINISHED} ORDER BY createdTime, rowid`;
/** By the index alone, so a table full of ended calls costs nothing. */
export const COUNT_UNFINISHED = `SELECT status, count(*) AS count FROM rpc WHERE ${IS_UNFINISHED} GROUP BY status`;
const COLUMN_OF = {
  createdTime: "createdTime",
  expirationTime: "expirationTime",
  request: "method || params",
  response: "response",
} as const;

export class RpcRows {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  readonly #change: Database.Statement;
  readonly #byKey: Database.Statement;
  readonly #journal: Database.Statement;
  readonly #countUnfinished: Database.Statement;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#insert = database.prepare(INSERT);
    this.#change = database.prepare(CHANGE);
    this.#countUnfinished = database.prepare(COUNT_UNFINISHED);
    this.#journal = database.prepare("INSERT INTO rpc_changes VALUES (?, ?, ?)");
    this.#byKey = database.prepare("SELECT * FROM rpc WHERE tenantId = ? AND id = ?");
  }

  insert(row: RpcRow): void {
    this.#insert.run(row);
  }

  /** Does nothing when the row was deleted, and says so with false. */
  change(change: RpcChange): boolean {
    return this.#change.run(change).changes > 0;
  }

  delete({ tenantId, id }: RpcKey): void {
    this.#database.prepare("DELETE FROM rpc WHERE tenantId = ? AND id = ?").run(tenantId, id);
  }

  byKey({ tenantId, id }: RpcKey): RpcRow | undefined {
    return this.#byKey.get(tenantId, id) as RpcRow | undefined;
  }

  page(query: RpcPageQuery): RpcPage {
    const where = "FROM rpc WHERE deviceId = @deviceId AND (@status IS NULL OR status = @status)";
    const filter = { deviceId: query.deviceId, status: query.status ?? null };
    const order = `${COLUMN_OF[query.sortProperty]} ${query.descending ? "DESC" : "ASC"}, rowid`;
    const rows = this.#database
      .prepare(`SELECT * ${where} ORDER BY ${order} LIMIT @limit OFFSET @offset`)
      .all({ ...filter, limit: query.pageSize, offset: query.pageSize * query.page }) as RpcRow[];
    const counted = this.#database.prepare(`SELECT count(*) AS total ${where}`).get(filter) as { total: number };
    return { rows, total: counted.total };
  }

  /** Adds a line to the journal of changes. */
  journal(rpcId: string, at: number, status: RpcStatus): void {
    this.#journal.run(rpcId, at, status);
  }

  /** Removes ended calls that were made before `createdBefore`, and returns how many; those in the originals' limbo too. */
  deleteEnded(createdBefore: number, nowMs: number): number {
    return this.#database
      .prepare("DELETE FROM rpc WHERE createdTime < @createdBefore AND expirationTime < @nowMs")
      .run({ createdBefore, nowMs }).changes;
  }

  /** Every call that something can still become of, oldest first. */
  unfinished(): readonly RpcRow[] {
    return this.#database.prepare(UNFINISHED).all() as RpcRow[];
  }

  /** How many there are of those; a status that none has is left out. */
  countUnfinished(): ReadonlyMap<RpcStatus, number> {
    const rows = this.#countUnfinished.all() as { status: RpcStatus; count: number }[];
    return new Map(rows.map(({ status, count }) => [status, count]));
  }
}
