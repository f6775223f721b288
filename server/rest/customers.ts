/** Customers, and which devices are theirs (contract 12.2). */
import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { type CustomerRow, type DeviceRow, NULL_UUID, type Store } from "../store/store.ts";
import { ADMIN, callerOf, TENANT_READERS } from "./admission.ts";
import { entityId, readBody } from "./body.ts";
import { DEVICE_EXAMPLE, deviceJson } from "./device-body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { pageJson, pageQuery, readPage } from "./page.ts";
import { customerOf, deviceOf, givenId, refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";
import type { Tokens } from "./tokens.ts";

export interface CustomerContext {
  readonly store: Store;
  readonly registry: DeviceRegistry;
  readonly tokens: Tokens;
  readonly oldPaging: boolean;
}

type ById = { Params: { id: string } };
type Listing = { Querystring: Record<string, string> };

const TAG = "customers";
const PUBLIC_TITLE = "Public";
const COLUMNS = ["createdTime", "title"];
const EXAMPLE = customerJson({
  id: "8f3b1c60-52a4-11f0-9c1b-7f3a0d4e8b21",
  createdTime: 1767225600000,
  tenantId: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  title: "Water works",
  isPublic: 0,
  additionalInfo: null,
});

const customerBody = z.object({
  id: entityId,
  title: z.string().trim().min(1, "Customer title should be specified!").max(255),
  additionalInfo: z.record(z.string(), z.unknown()).nullish(),
});

/** Adds the endpoints of customers. */
export function addCustomerRoutes(app: FastifyInstance, context: CustomerContext): void {
  addSaveRoute(app, context);
  addReadRoutes(app, context);
  addAssignRoutes(app, context);
  const { store, registry, tokens } = context;
  const remove = docs({
    tag: TAG,
    summary: "Delete a customer and its users; its devices stay, unassigned",
    refusals: [400, 404],
  });
  app.delete<ById>("/api/customer/:id", { schema: remove, config: { roles: ADMIN } }, async (request, reply) => {
    const customer = customerOf(request.params.id, callerOf(request), store);
    const all = { pageSize: Number.MAX_SAFE_INTEGER, page: 0, textSearch: undefined };
    const filter = { tenantId: customer.tenantId, customerId: customer.id };
    const users = store.users.page(filter, { ...all, sortProperty: "createdTime", descending: false }).rows;
    registry.deleteCustomer(customer);
    for (const { id } of [customer, ...users]) tokens.forget(id);
    return reply.code(200).send();
  });
}

function addSaveRoute(app: FastifyInstance, { store }: CustomerContext): void {
  const schema = docs({
    tag: TAG,
    summary: "Make a customer, or change it when the body has an id",
    body: customerBody,
    example: { title: "Water works" },
    answer: EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/customer", { schema, config: { roles: ADMIN } }, async (request) => {
    const claims = callerOf(request);
    const { id, title, additionalInfo } = readBody(request, customerBody);
    const known = givenId(id);
    const info = additionalInfo ? JSON.stringify(additionalInfo) : null;
    if (known !== undefined) {
      const changed = { ...customerOf(known, claims, store), title, additionalInfo: info };
      if (changed.isPublic === 1) throw invalid("Update of public customer is prohibited!");
      refusingConflicts(() => store.customers.update(changed));
      return customerJson(changed);
    }
    const made = newCustomer(claims.tenantId, title, info);
    refusingConflicts(() => store.customers.insert(made));
    return customerJson(made);
  });
}

function addReadRoutes(app: FastifyInstance, { store, oldPaging }: CustomerContext): void {
  const one = docs({ tag: TAG, summary: "A customer", answer: EXAMPLE, refusals: [400, 404] });
  app.get<ById>("/api/customer/:id", { schema: one, config: { roles: TENANT_READERS } }, async (request) => {
    return customerJson(customerOf(request.params.id, callerOf(request), store));
  });
  const list = docs({
    tag: TAG,
    summary: "Customers of the tenant",
    query: pageQuery,
    answer: { data: [EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false },
  });
  app.get<Listing>("/api/customers", { schema: list, config: { roles: ADMIN } }, async (request) => {
    const wanted = readPage(request.query, { columns: COLUMNS, oldPaging });
    return pageJson(store.customers.page(callerOf(request).tenantId, wanted), wanted, customerJson);
  });
  const byTitle = docs({
    tag: TAG,
    summary: "The customer of this title",
    query: z.object({ customerTitle: z.string() }),
    answer: EXAMPLE,
    refusals: [404],
  });
  app.get<Listing>("/api/tenant/customers", { schema: byTitle, config: { roles: ADMIN } }, async (request) => {
    const customer = store.customers.byTitle(callerOf(request).tenantId, request.query.customerTitle ?? "");
    if (customer === undefined) throw new ApiError(PROBLEMS.notFound);
    return customerJson(customer);
  });
}

function addAssignRoutes(app: FastifyInstance, { store, registry }: CustomerContext): void {
  const config = { roles: ADMIN };
  const give = (device: DeviceRow, customerId: string): Record<string, unknown> => {
    const given = { ...device, customerId };
    registry.update(given);
    return deviceJson(given);
  };
  const docsOf = (summary: string) => docs({ tag: TAG, summary, answer: DEVICE_EXAMPLE, refusals: [400, 404] });
  app.post<{ Params: { customer: string; device: string } }>(
    "/api/customer/:customer/device/:device",
    { schema: docsOf("Give a device to a customer"), config },
    async (request) => {
      const claims = callerOf(request);
      const customer = customerOf(request.params.customer, claims, store);
      return give(deviceOf(request.params.device, claims, store), customer.id);
    },
  );
  app.post<ById>(
    "/api/customer/public/device/:id",
    { schema: docsOf("Give a device to the public customer, whose id is a login"), config },
    async (request) => {
      const device = deviceOf(request.params.id, callerOf(request), store);
      return give(device, publicCustomerOf(device.tenantId, store).id);
    },
  );
  app.delete<ById>(
    "/api/customer/device/:id",
    { schema: docsOf("Take a device from its customer"), config },
    async (request) => {
      const device = deviceOf(request.params.id, callerOf(request), store);
      if (device.customerId === NULL_UUID) throw invalid("Device isn't assigned to any customer!");
      return give(device, NULL_UUID);
    },
  );
}

/** Made with the first device that is public. */
function publicCustomerOf(tenantId: string, store: Store): CustomerRow {
  const known = store.customers.publicOf(tenantId);
  if (known !== undefined) return known;
  // The title may belong to an ordinary customer, which does not become public by it.
  const taken = store.customers.byTitle(tenantId, PUBLIC_TITLE) !== undefined;
  const title = taken ? `${PUBLIC_TITLE} ${randomUUID()}` : PUBLIC_TITLE;
  const made: CustomerRow = { ...newCustomer(tenantId, title, null), isPublic: 1 };
  store.customers.insert(made);
  return made;
}

function newCustomer(tenantId: string, title: string, additionalInfo: string | null): CustomerRow {
  return { id: randomUUID(), createdTime: Date.now(), tenantId, title, isPublic: 0, additionalInfo };
}

function customerJson(customer: CustomerRow): Record<string, unknown> {
  const info = customer.additionalInfo === null ? null : JSON.parse(customer.additionalInfo);
  return {
    id: { entityType: "CUSTOMER", id: customer.id },
    createdTime: customer.createdTime,
    tenantId: { entityType: "TENANT", id: customer.tenantId },
    title: customer.title,
    name: customer.title,
    additionalInfo: customer.isPublic === 1 ? { ...info, isPublic: true } : info,
  };
}

function invalid(message: string): ApiError {
  return new ApiError(withMessage(PROBLEMS.invalidBody, message));
}
