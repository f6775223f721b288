/** Dashboards: stored, listed and deleted, never shown (contract 12.5, 17). */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { DashboardRow } from "../store/dashboard-rows.ts";
import type { Store } from "../store/store.ts";
import { ADMIN, callerOf } from "./admission.ts";
import { entityId, readBody } from "./body.ts";
import { pageJson, pageQuery, readPage } from "./page.ts";
import { idOf, idOrNew, ofTenant } from "./reach.ts";
import { docs } from "./route-docs.ts";

export interface DashboardContext {
  readonly store: Store;
  readonly oldPaging: boolean;
}

type ById = { Params: { id: string } };

const TAG = "dashboards";
const COLUMNS = ["createdTime", "title"];
const EXAMPLE = dashboardInfo({
  id: "a4c0b5d0-52a4-11f0-9c1b-7f3a0d4e8b21",
  createdTime: 1767225600000,
  tenantId: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  title: "Boilers",
  body: "{}",
});

/** What else a dashboard has is kept as it comes. */
const dashboardBody = z.looseObject({
  id: entityId,
  title: z.string().trim().min(1, "Dashboard title should be specified!").max(255),
});

/** Adds the endpoints of dashboards. */
export function addDashboardRoutes(app: FastifyInstance, { store, oldPaging }: DashboardContext): void {
  const config = { roles: ADMIN };
  const { dashboards } = store;
  const save = docs({
    tag: TAG,
    summary: "Make a dashboard, or replace it when the body has an id",
    body: dashboardBody,
    example: { title: "Boilers", configuration: { widgets: {} } },
    answer: EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/dashboard", { schema: save, config }, async (request) => {
    const claims = callerOf(request);
    const { id: given, title, ...rest } = readBody(request, dashboardBody);
    const { id, isNew } = idOrNew(given);
    const old = isNew
      ? { id, createdTime: Date.now(), tenantId: claims.tenantId }
      : ofTenant(dashboards.byId(id), claims, { kind: "Dashboard", id });
    const dashboard = { ...old, title, body: JSON.stringify(rest) };
    dashboards.save(dashboard);
    return dashboardJson(dashboard);
  });
  const one = docs({ tag: TAG, summary: "A dashboard as it was saved", answer: EXAMPLE, refusals: [400, 404] });
  app.get<ById>("/api/dashboard/:id", { schema: one, config }, async (request) => {
    const id = idOf(request.params.id);
    return dashboardJson(ofTenant(dashboards.byId(id), callerOf(request), { kind: "Dashboard", id }));
  });
  const list = docs({
    tag: TAG,
    summary: "Dashboards of the tenant",
    query: pageQuery,
    answer: { data: [EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false },
  });
  app.get<{ Querystring: Record<string, string> }>(
    "/api/tenant/dashboards",
    { schema: list, config },
    async (request) => {
      const wanted = readPage(request.query, { columns: COLUMNS, oldPaging });
      return pageJson(dashboards.page(callerOf(request).tenantId, wanted), wanted, dashboardInfo);
    },
  );
  const remove = docs({ tag: TAG, summary: "Delete a dashboard", refusals: [400, 404] });
  app.delete<ById>("/api/dashboard/:id", { schema: remove, config }, async (request, reply) => {
    const id = idOf(request.params.id);
    dashboards.delete(ofTenant(dashboards.byId(id), callerOf(request), { kind: "Dashboard", id }).id);
    return reply.code(200).send();
  });
}

function dashboardInfo({ id, createdTime, tenantId, title }: DashboardRow): Record<string, unknown> {
  return {
    id: { entityType: "DASHBOARD", id },
    createdTime,
    tenantId: { entityType: "TENANT", id: tenantId },
    title,
    name: title,
  };
}

function dashboardJson(dashboard: DashboardRow): Record<string, unknown> {
  return { ...JSON.parse(dashboard.body), ...dashboardInfo(dashboard) };
}
