/** Tenants, for the system administrator: enough to have two of them (contract 3.5). */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Store, TenantRow } from "../store/store.ts";
import { ADMINS, callerOf, SYSTEM } from "./admission.ts";
import { readBody } from "./body.ts";
import { pageJson, pageQuery, readPage } from "./page.ts";
import { idOf, notFound, refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";

export interface TenantContext {
  readonly store: Store;
  readonly oldPaging: boolean;
}

const TAG = "tenants";
const COLUMNS = ["createdTime", "title"];
const EXAMPLE = tenantJson({
  id: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  createdTime: 1767225600000,
  title: "Acme",
});
const tenantBody = z.object({ title: z.string().trim().min(1, "Tenant title should be specified!").max(255) });

/** Adds the endpoints of tenants. */
export function addTenantRoutes(app: FastifyInstance, { store, oldPaging }: TenantContext): void {
  const save = docs({
    tag: TAG,
    summary: "Make a tenant; its first administrator is made with POST /api/user",
    body: tenantBody,
    example: { title: "Acme" },
    answer: EXAMPLE,
  });
  app.post("/api/tenant", { schema: save, config: { roles: SYSTEM } }, async (request) => {
    const { title } = readBody(request, tenantBody);
    const tenant = { id: randomUUID(), createdTime: Date.now(), title };
    refusingConflicts(() => store.tenants.insert(tenant));
    store.profiles.idOf(tenant.id, "default");
    return tenantJson(tenant);
  });
  const one = docs({
    tag: TAG,
    summary: "A tenant; for its administrator the own",
    answer: EXAMPLE,
    refusals: [400, 404],
  });
  app.get<{ Params: { id: string } }>(
    "/api/tenant/:id",
    { schema: one, config: { roles: ADMINS } },
    async (request) => {
      const { scopes, tenantId } = callerOf(request);
      const id = idOf(request.params.id);
      const tenant = store.tenants.byId(id);
      if (tenant === undefined || (scopes[0] !== "SYS_ADMIN" && id !== tenantId)) throw notFound("Tenant", id);
      return tenantJson(tenant);
    },
  );
  const list = docs({
    tag: TAG,
    summary: "All tenants",
    query: pageQuery,
    answer: { data: [EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false },
  });
  const config = { roles: SYSTEM };
  app.get<{ Querystring: Record<string, string> }>("/api/tenants", { schema: list, config }, async (request) => {
    const wanted = readPage(request.query, { columns: COLUMNS, oldPaging });
    return pageJson(store.tenants.page(wanted), wanted, tenantJson);
  });
}

function tenantJson({ id, createdTime, title }: TenantRow): Record<string, unknown> {
  return { id: { entityType: "TENANT", id }, createdTime, title, name: title };
}
