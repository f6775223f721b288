/** Device management, as far as a load test needs it (contract 12.1). */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { randomAccessToken } from "../store/access-token.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { type Authority, ConflictError, type DeviceRow, NULL_UUID, type Store } from "../store/store.ts";
import { bodyText, claimsOf } from "./auth.ts";
import { credentialsJson, type DeviceBody, deviceJson, readDeviceBody } from "./device-body.ts";
import { readDeviceQuery } from "./device-query.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import type { Claims, Tokens } from "./tokens.ts";
import { readUuid } from "./uuid.ts";

export interface DeviceContext {
  readonly store: Store;
  readonly registry: DeviceRegistry;
  readonly tokens: Tokens;
  /** Whether `?accessToken=` is heard. */
  readonly choosesToken: boolean;
  readonly isConnected: (device: string) => boolean;
  readonly disconnect: (device: string) => void;
}

const ADMIN: readonly Authority[] = ["TENANT_ADMIN"];
const ADMIN_OR_CUSTOMER: readonly Authority[] = ["TENANT_ADMIN", "CUSTOMER_USER"];

/** Adds the endpoints of devices and their credentials. */
export function addDeviceRoutes(app: FastifyInstance, context: DeviceContext): void {
  const { store, registry, tokens } = context;
  app.post<{ Querystring: { accessToken?: string } }>("/api/device", async (request) => {
    const claims = admitted(request, tokens, ADMIN_OR_CUSTOMER);
    requireJson(request);
    const body = readDeviceBody(bodyText(request));
    const chosen = context.choosesToken ? request.query.accessToken : undefined;
    return deviceJson(body.id ? update(body, body.id.id, claims, context) : create(body, chosen, claims, context));
  });
  app.get<{ Params: { id: string } }>("/api/device/:id", async (request) => {
    return deviceJson(deviceOf(request.params.id, admitted(request, tokens, ADMIN_OR_CUSTOMER), store));
  });
  app.get<{ Params: { id: string } }>("/api/device/info/:id", async (request) => {
    const device = deviceOf(request.params.id, admitted(request, tokens, ADMIN_OR_CUSTOMER), store);
    return {
      ...deviceJson(device),
      active: context.isConnected(device.id),
      customerTitle: store.customerById(device.customerId)?.title ?? null,
      customerIsPublic: false,
      deviceProfileName: device.type,
    };
  });
  app.get<{ Params: { id: string } }>("/api/device/:id/credentials", async (request) => {
    const device = deviceOf(request.params.id, admitted(request, tokens, ADMIN_OR_CUSTOMER), store);
    const credentials = store.credentialsOf(device.id);
    if (credentials === undefined) throw new ApiError(PROBLEMS.notFound);
    return credentialsJson(credentials);
  });
  app.delete<{ Params: { id: string } }>("/api/device/:id", async (request, reply) => {
    const device = deviceOf(request.params.id, admitted(request, tokens, ADMIN), store);
    registry.delete(device.id);
    context.disconnect(device.id);
    return reply.code(200).send();
  });
  addListRoutes(app, context);
}

function addListRoutes(app: FastifyInstance, { store, tokens }: DeviceContext): void {
  const byName = (claims: Claims, name: string): Record<string, unknown> => {
    const device = store.deviceByName(claims.tenantId, name);
    if (device === undefined) throw new ApiError(PROBLEMS.notFound);
    return deviceJson(device);
  };
  app.get<{ Querystring: Record<string, string> }>("/api/tenant/devices", async (request) => {
    const claims = admitted(request, tokens, ADMIN);
    const { deviceName } = request.query;
    if (deviceName !== undefined) return byName(claims, deviceName);
    const query = readDeviceQuery(request.query, claims.tenantId);
    const { devices, total } = store.devicePage(query);
    const totalPages = Math.ceil(total / query.pageSize);
    return {
      data: devices.map(deviceJson),
      totalPages,
      totalElements: total,
      hasNext: query.page + 1 < totalPages,
    };
  });
  app.get<{ Querystring: { deviceName?: string } }>("/api/tenant/device", async (request) => {
    return byName(admitted(request, tokens, ADMIN), request.query.deviceName ?? "");
  });
}

function create(body: DeviceBody, chosenToken: string | undefined, claims: Claims, context: DeviceContext): DeviceRow {
  const { tenantId } = claims;
  const type = body.type || "default";
  const customer = claims.scopes[0] === "CUSTOMER_USER" ? claims.customerId : (body.customerId?.id ?? NULL_UUID);
  if (customer !== NULL_UUID && context.store.customerById(customer)?.tenantId !== tenantId) {
    throw new ApiError(withMessage(PROBLEMS.invalidBody, "Can't assign device to non-existent customer!"));
  }
  const device: DeviceRow = {
    id: randomUUID(),
    createdTime: Date.now(),
    tenantId,
    customerId: customer,
    name: body.name,
    type,
    label: body.label ?? null,
    deviceProfileId: context.store.deviceProfileId(tenantId, type),
    additionalInfo: infoText(body),
  };
  refusingConflicts(() =>
    context.registry.insert(device, {
      id: randomUUID(),
      createdTime: device.createdTime,
      deviceId: device.id,
      credentialsType: "ACCESS_TOKEN",
      credentialsId: chosenToken || randomAccessToken(),
      credentialsValue: null,
    }),
  );
  return device;
}

function update(body: DeviceBody, id: string, claims: Claims, { registry, store }: DeviceContext): DeviceRow {
  const old = deviceOf(id, claims, store);
  const type = body.type || old.type;
  const device: DeviceRow = {
    ...old,
    name: body.name,
    type,
    label: body.label ?? null,
    deviceProfileId: store.deviceProfileId(old.tenantId, type),
    additionalInfo: infoText(body),
  };
  refusingConflicts(() => registry.update(device));
  return device;
}

function infoText(body: DeviceBody): string | null {
  return body.additionalInfo === undefined || body.additionalInfo === null ? null : JSON.stringify(body.additionalInfo);
}

function refusingConflicts(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new ApiError(error.what === "device_name" ? PROBLEMS.duplicateDevice : PROBLEMS.duplicateToken);
  }
}

/** The device of this id that the caller may see. Throws ApiError: 400, 404, or 403 for another customer's. */
function deviceOf(idText: string, claims: Claims, store: Store): DeviceRow {
  const id = readUuid(idText);
  if (id === undefined) throw new ApiError(withMessage(PROBLEMS.invalidBody, `Invalid UUID string: ${idText}`));
  const device = store.deviceById(id);
  if (device === undefined || device.tenantId !== claims.tenantId) {
    throw new ApiError(withMessage(PROBLEMS.notFound, `Device with id [${id}] is not found`));
  }
  if (claims.scopes[0] === "CUSTOMER_USER" && device.customerId !== claims.customerId) {
    throw new ApiError(PROBLEMS.permissionDenied);
  }
  return device;
}

function admitted(request: FastifyRequest, tokens: Tokens, roles: readonly Authority[]): Claims {
  const claims = claimsOf(request, tokens);
  if (!roles.includes(claims.scopes[0] as Authority)) throw new ApiError(PROBLEMS.permissionDenied);
  return claims;
}

/** Unlike RPC, a device is a typed body: another media type is 415. */
function requireJson(request: FastifyRequest): void {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) throw new ApiError(PROBLEMS.unsupportedMediaType);
}
