/** Lists of devices: of the tenant, of a customer, of given ids (contract 12.1, 12.3). */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { DEVICE_SORT_PROPERTIES, type DeviceFilter, type DeviceRow, type Page, type Store } from "../store/store.ts";
import { ADMIN, callerOf, TENANT_READERS } from "./admission.ts";
import { readValue } from "./body.ts";
import { DEVICE_EXAMPLE, deviceJson } from "./device-body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { pageJson, pageQuery, readPage, type WantedPage } from "./page.ts";
import { customerOf, idOf } from "./reach.ts";
import { docs } from "./route-docs.ts";
import type { Claims } from "./tokens.ts";

export interface DeviceListContext {
  readonly store: Store;
  readonly registry: DeviceRegistry;
  readonly isConnected: (device: string) => boolean;
  readonly oldPaging: boolean;
}

type Listing = { Querystring: Record<string, string> };
type OfCustomer = Listing & { Params: { id: string } };
type InfoContext = Pick<DeviceListContext, "store" | "isConnected">;

const TAG = "devices";
const MOST_IDS = 10_000;
const PAGE = { data: [DEVICE_EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false };
const INFO = { active: true, customerTitle: null, customerIsPublic: false, deviceProfileName: "boiler" };
const INFO_PAGE = { ...PAGE, data: [{ ...DEVICE_EXAMPLE, ...INFO }] };

const filters = z.object({
  type: z.string().optional(),
  deviceProfileId: z.string().optional(),
  active: z.enum(["true", "false"]).optional(),
});
const listQuery = pageQuery.extend({ type: z.string().optional() });
const infoQuery = pageQuery.extend(filters.shape);

/** Adds the lists. */
export function addDeviceListRoutes(app: FastifyInstance, context: DeviceListContext): void {
  addTenantLists(app, context);
  addCustomerLists(app, context);
  const { store } = context;
  const byIds = docs({
    tag: TAG,
    summary: "The devices of these ids that the caller may see",
    query: z.object({ deviceIds: z.string() }),
    answer: [DEVICE_EXAMPLE],
  });
  app.get<Listing>("/api/devices", { schema: byIds, config: { roles: TENANT_READERS } }, async (request) => {
    const claims = callerOf(request);
    const ids = (request.query.deviceIds ?? "").split(",").filter((id) => id !== "");
    if (ids.length === 0 || ids.length > MOST_IDS) {
      throw new ApiError(withMessage(PROBLEMS.invalidBody, `deviceIds: between 1 and ${MOST_IDS} ids, with commas`));
    }
    const found = ids.map((id) => store.deviceById(idOf(id.trim())));
    return found
      .filter((device) => device !== undefined && maySee(device, claims))
      .map((it) => deviceJson(it as DeviceRow));
  });
}

function addTenantLists(app: FastifyInstance, context: DeviceListContext): void {
  const { store } = context;
  const byName = (claims: Claims, name: string): Record<string, unknown> => {
    const device = store.deviceByName(claims.tenantId, name);
    if (device === undefined) throw new ApiError(PROBLEMS.notFound);
    return deviceJson(device);
  };
  const list = docs({
    tag: TAG,
    summary: "Devices of the tenant, a page at a time; with deviceName the one device of that name",
    query: listQuery.partial().extend({ deviceName: z.string().optional() }),
    answer: PAGE,
    refusals: [400, 404],
  });
  app.get<Listing>("/api/tenant/devices", { schema: list, config: { roles: ADMIN } }, async (request) => {
    const claims = callerOf(request);
    const { deviceName } = request.query;
    if (deviceName !== undefined) return byName(claims, deviceName);
    return listed(request.query, { tenantId: claims.tenantId }, context, deviceJson);
  });
  const infos = docs({
    tag: TAG,
    summary: "Devices of the tenant with whether they are connected and whose they are",
    query: infoQuery,
    answer: INFO_PAGE,
  });
  app.get<Listing>("/api/tenant/deviceInfos", { schema: infos, config: { roles: ADMIN } }, async (request) => {
    const { tenantId } = callerOf(request);
    return listed(request.query, { tenantId }, context, (device) => infoJson(device, context));
  });
  const one = docs({
    tag: TAG,
    summary: "The device of this name",
    query: z.object({ deviceName: z.string() }),
    answer: DEVICE_EXAMPLE,
    refusals: [404],
  });
  app.get<Listing>("/api/tenant/device", { schema: one, config: { roles: ADMIN } }, async (request) => {
    return byName(callerOf(request), request.query.deviceName ?? "");
  });
}

function addCustomerLists(app: FastifyInstance, context: DeviceListContext): void {
  const { store } = context;
  const lists = [
    { url: "/api/customer/:id/devices", query: listQuery, answer: PAGE, json: deviceJson },
    {
      url: "/api/customer/:id/deviceInfos",
      query: infoQuery,
      answer: INFO_PAGE,
      json: (device: DeviceRow) => infoJson(device, context),
    },
  ];
  for (const { url, query, answer, json } of lists) {
    const schema = docs({ tag: TAG, summary: "Devices of a customer", query, answer, refusals: [400, 404] });
    app.get<OfCustomer>(url, { schema, config: { roles: TENANT_READERS } }, async (request) => {
      const { id, tenantId } = customerOf(request.params.id, callerOf(request), store);
      return listed(request.query, { tenantId, customerId: id }, context, json);
    });
  }
}

/** A device with what the server knows about it now (contract 12.1). */
export function infoJson(device: DeviceRow, { store, isConnected }: InfoContext): Record<string, unknown> {
  const customer = store.customers.byId(device.customerId);
  return {
    ...deviceJson(device),
    active: isConnected(device.id),
    customerTitle: customer?.title ?? null,
    customerIsPublic: customer?.isPublic === 1,
    deviceProfileName: device.type,
  };
}

function listed(
  query: Record<string, string>,
  owner: Pick<DeviceFilter, "tenantId" | "customerId">,
  context: DeviceListContext,
  json: (device: DeviceRow) => unknown,
): unknown {
  const wanted = readPage(query, { columns: DEVICE_SORT_PROPERTIES, oldPaging: context.oldPaging });
  const { type, deviceProfileId, active } = readValue(query, filters);
  const filter = {
    ...owner,
    type: type || undefined,
    deviceProfileId: deviceProfileId ? idOf(deviceProfileId) : undefined,
  };
  const page =
    active === undefined
      ? context.store.devicePage(filter, wanted)
      : pageOfActive(filter, wanted, { ...context, active: active === "true" });
  return pageJson(page, wanted, json);
}

/** Whether a device is connected is not in the database, so all of them are looked at. */
function pageOfActive(
  filter: DeviceFilter,
  wanted: WantedPage,
  { store, registry, isConnected, active }: DeviceListContext & { readonly active: boolean },
): Page<DeviceRow> {
  const all = store.devicePage(filter, { ...wanted, page: 0, pageSize: registry.size });
  const rows = all.rows.filter((device) => isConnected(device.id) === active);
  const start = wanted.page * wanted.pageSize;
  return { rows: rows.slice(start, start + wanted.pageSize), total: rows.length };
}

function maySee(device: DeviceRow, claims: Claims): boolean {
  if (device.tenantId !== claims.tenantId) return false;
  return claims.scopes[0] !== "CUSTOMER_USER" || device.customerId === claims.customerId;
}
