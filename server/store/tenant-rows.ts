/** Tenants and their customers (contract 12.2). */
import type { Statements } from "./statements.ts";
import { type CustomerRow, NULL_UUID, type Page, type PageQuery, type TenantRow } from "./store.ts";

const COLUMNS = ["createdTime", "title"];
const TENANTS = {
  from: "FROM tenants WHERE (@text IS NULL OR title LIKE @text ESCAPE '\\')",
  columns: COLUMNS,
};
const CUSTOMERS = {
  from: "FROM customers WHERE tenantId = @tenantId AND (@text IS NULL OR title LIKE @text ESCAPE '\\')",
  columns: COLUMNS,
};

export class TenantRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Throws ConflictError. */
  insert(tenant: TenantRow): void {
    this.#sql.runUnique("title", "INSERT INTO tenants VALUES (@id, @title, @createdTime)", tenant);
  }

  byId(id: string): TenantRow | undefined {
    return this.#sql.one("SELECT * FROM tenants WHERE id = ?", id);
  }

  page(query: PageQuery): Page<TenantRow> {
    return this.#sql.page(TENANTS, query, {});
  }
}

export class CustomerRows {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Throws ConflictError. */
  insert(customer: CustomerRow): void {
    this.#sql.runUnique(
      "title",
      `INSERT INTO customers (id, tenantId, title, createdTime, isPublic, additionalInfo)
       VALUES (@id, @tenantId, @title, @createdTime, @isPublic, @additionalInfo)`,
      customer,
    );
  }

  /** Title and additionalInfo. Throws ConflictError. */
  update(customer: CustomerRow): void {
    this.#sql.runUnique(
      "title",
      "UPDATE customers SET title = @title, additionalInfo = @additionalInfo WHERE id = @id",
      customer,
    );
  }

  byId(id: string): CustomerRow | undefined {
    return this.#sql.one("SELECT * FROM customers WHERE id = ?", id);
  }

  byTitle(tenantId: string, title: string): CustomerRow | undefined {
    return this.#sql.one("SELECT * FROM customers WHERE tenantId = ? AND title = ?", tenantId, title);
  }

  publicOf(tenantId: string): CustomerRow | undefined {
    return this.#sql.one("SELECT * FROM customers WHERE tenantId = ? AND isPublic = 1", tenantId);
  }

  page(tenantId: string, query: PageQuery): Page<CustomerRow> {
    return this.#sql.page(CUSTOMERS, query, { tenantId });
  }

  /** Its users go with it, its devices become nobody's. */
  delete({ id, tenantId }: CustomerRow): void {
    this.#sql.database.transaction(() => {
      this.#sql.run("UPDATE devices SET customerId = ? WHERE tenantId = ? AND customerId = ?", NULL_UUID, tenantId, id);
      this.#sql.run("DELETE FROM users WHERE tenantId = ? AND customerId = ?", tenantId, id);
      this.#sql.run("DELETE FROM customers WHERE id = ?", id);
    })();
  }
}
