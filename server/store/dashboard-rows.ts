/** Dashboards, kept and given back as they were sent: load tools make them and delete them (contract 12.5, 17). */
import type { Statements } from "./statements.ts";
import type { Page, PageQuery } from "./store.ts";

export interface DashboardRow {
  readonly id: string;
  readonly createdTime: number;
  readonly tenantId: string;
  readonly title: string;
  /** The object as it was saved, JSON text. */
  readonly body: string;
}

const DASHBOARDS = {
  from: "FROM dashboards WHERE tenantId = @tenantId AND (@text IS NULL OR title LIKE @text ESCAPE '\\')",
  columns: ["createdTime", "title"],
};

export class DashboardRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Inserts, or replaces title and body of the same id. */
  save(dashboard: DashboardRow): void {
    const sql = `INSERT INTO dashboards VALUES (@id, @createdTime, @tenantId, @title, @body)
      ON CONFLICT (id) DO UPDATE SET title = excluded.title, body = excluded.body`;
    this.#sql.run(sql, dashboard);
  }

  byId(id: string): DashboardRow | undefined {
    return this.#sql.one("SELECT * FROM dashboards WHERE id = ?", id);
  }

  page(tenantId: string, query: PageQuery): Page<DashboardRow> {
    return this.#sql.page(DASHBOARDS, query, { tenantId });
  }

  delete(id: string): void {
    this.#sql.run("DELETE FROM dashboards WHERE id = ?", id);
  }
}
