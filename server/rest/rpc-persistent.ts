/** Reading, listing and deleting persistent RPC (contract 5.2 to 5.4). Calls are made through rpc.ts. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Dialect } from "../../protocol/dialect.ts";
import { RPC_STATUSES } from "../../protocol/requester/rpc-status.ts";
import type { PersistentCalls } from "../persistent-calls.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { RPC_SORT_PROPERTIES, type RpcPageQuery, type RpcRow } from "../store/rpc-rows.ts";
import type { Store } from "../store/store.ts";
import { refusalOf } from "./access.ts";
import { ADMIN, callerOf, TENANT_READERS } from "./admission.ts";
import { ApiError, CONTENT_TYPES, PROBLEMS, withMessage } from "./errors.ts";
import { rpcJson } from "./rpc-object.ts";
import type { Claims } from "./tokens.ts";
import { readUuid } from "./uuid.ts";

export interface PersistentContext {
  readonly store: Store;
  readonly registry: DeviceRegistry;
  readonly persistent: PersistentCalls;
  readonly maxRetries: number;
  readonly dialect: Dialect;
}

const LARGEST_PAGE = 10_000;

const query = z.object({
  pageSize: z.coerce.number().int().min(1).max(LARGEST_PAGE),
  page: z.coerce.number().int().min(0),
  rpcStatus: z.enum(RPC_STATUSES).optional(),
  sortProperty: z.enum(RPC_SORT_PROPERTIES).default("createdTime"),
  sortOrder: z.enum(["ASC", "DESC"]).default("ASC"),
});

/** Adds the three endpoints. */
export function addPersistentRoutes(app: FastifyInstance, context: PersistentContext): void {
  const { store, persistent, maxRetries } = context;
  app.get<{ Params: { id: string } }>(
    "/api/rpc/persistent/:id",
    { config: { roles: TENANT_READERS } },
    async (request) => {
      return rpcJson(rowOf(request.params.id, callerOf(request), store), maxRetries);
    },
  );
  app.delete<{ Params: { id: string } }>(
    "/api/rpc/persistent/:id",
    { config: { roles: ADMIN } },
    async (request, reply) => {
      const row = rowOf(request.params.id, callerOf(request), store);
      persistent.delete(row);
      return reply.code(200).send();
    },
  );
  app.get<{ Params: { id: string }; Querystring: Record<string, string> }>(
    "/api/rpc/persistent/device/:id",
    { config: { roles: TENANT_READERS } },
    async (request, reply) => {
      const claims = callerOf(request);
      const device = uuidOf(request.params.id);
      const wanted = readQuery(request.query, device);
      const refusal = refusalOf({ claims, device, registry: context.registry, dialect: context.dialect });
      if (refusal !== undefined) return reply.code(refusal.status).type(CONTENT_TYPES.text).send(refusal.body);
      const { rows, total } = store.rpcs.page(wanted);
      const totalPages = Math.ceil(total / wanted.pageSize);
      const data = rows.map((row) => rpcJson(row, maxRetries));
      return { data, totalPages, totalElements: total, hasNext: wanted.page + 1 < totalPages };
    },
  );
}

/** Only the tenant is checked: a customer may read any call of its tenant (contract 3.5). */
function rowOf(idText: string, claims: Claims, store: Store): RpcRow {
  const id = uuidOf(idText);
  const row = store.rpcs.byKey({ tenantId: claims.tenantId, id });
  if (row === undefined) throw new ApiError(withMessage(PROBLEMS.notFound, `Rpc with id [${id}] is not found`));
  return row;
}

function uuidOf(text: string): string {
  const id = readUuid(text);
  if (id === undefined) throw new ApiError(withMessage(PROBLEMS.invalidBody, `Invalid UUID string: ${text}`));
  return id;
}

/** A missing page and a status that no row has are 500 in the original; the other mistakes are 400. */
function readQuery(given: Record<string, string>, deviceId: string): RpcPageQuery {
  for (const name of ["pageSize", "page"]) {
    if (given[name] === undefined) throw new ApiError(withMessage(PROBLEMS.internal, `Parameter '${name}' is missing`));
  }
  const parsed = query.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ApiError(withMessage(PROBLEMS.invalidBody, problems.join("; ")));
  }
  const { pageSize, page, rpcStatus, sortProperty, sortOrder } = parsed.data;
  if (rpcStatus === "DELETED")
    throw new ApiError(withMessage(PROBLEMS.internal, "RPC status 'DELETED' is not supported"));
  return { deviceId, pageSize, page, status: rpcStatus, sortProperty, descending: sortOrder === "DESC" };
}
