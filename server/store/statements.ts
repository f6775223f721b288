/** SQL on one database: each text is prepared once; a violated UNIQUE constraint becomes a ConflictError. */
import type Database from "better-sqlite3";
import { ConflictError, type Page, type PageQuery } from "./store.ts";

/** What a page is taken from. Both texts become SQL and are never a client's. */
export interface PageSource {
  /** From `FROM` on, naming the filter's members. */
  readonly from: string;
  /** The columns a page may be ordered by. */
  readonly columns: readonly string[];
}

export class Statements {
  readonly database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  /** `run`, where another row may have the same `what`. */
  runUnique(what: ConflictError["what"], sql: string, ...values: unknown[]): void {
    try {
      this.run(sql, ...values);
    } catch (error) {
      if ((error as { code?: string }).code === "SQLITE_CONSTRAINT_UNIQUE") throw new ConflictError(what);
      throw error;
    }
  }

  one<T>(sql: string, ...values: unknown[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: unknown[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }

  page<T>({ from, columns }: PageSource, query: PageQuery, filter: Record<string, unknown>): Page<T> {
    const column = columns.includes(query.sortProperty) ? query.sortProperty : "createdTime";
    const order = `${column} ${query.descending ? "DESC" : "ASC"}, id`;
    const given = { ...filter, text: query.textSearch === undefined ? null : likePattern(query.textSearch) };
    const rows = this.all<T>(`SELECT * ${from} ORDER BY ${order} LIMIT @limit OFFSET @offset`, {
      ...given,
      limit: query.pageSize,
      offset: query.pageSize * query.page,
    });
    return { rows, total: (this.one(`SELECT count(*) AS total ${from}`, given) as { total: number }).total };
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
