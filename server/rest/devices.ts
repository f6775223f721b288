/** One device: saving, reading, credentials, deleting (contract 12.1). Lists: device-lists.ts. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { DeviceAttributes } from "../attributes/device-attributes.ts";
import { accessToken } from "../store/credentials.ts";
import type { DeviceRow } from "../store/store.ts";
import { ADMIN, ADMIN_OR_CUSTOMER, callerOf, TENANT_READERS } from "./admission.ts";
import { readBody, readValue } from "./body.ts";
import {
  CREDENTIALS_EXAMPLE,
  credentialsBody,
  credentialsJson,
  DEVICE_EXAMPLE,
  deviceBody,
  deviceJson,
  deviceWithCredentials,
} from "./device-body.ts";
import { infoJson } from "./device-lists.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { deviceOf, givenId, refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";
import { readCredentials, type SaveContext, saveDevice } from "./save-device.ts";

export interface DeviceContext extends SaveContext {
  /** Whether `?accessToken=` is heard. */
  readonly choosesToken: boolean;
  readonly isConnected: (device: string) => boolean;
  readonly disconnect: (device: string) => void;
  readonly attributes: Pick<DeviceAttributes, "forget">;
}

type ById = { Params: { id: string } };

const TAG = "devices";
const saveQuery = z.object({
  accessToken: z.string().optional(),
  nameConflictPolicy: z.enum(["FAIL", "UNIQUIFY"]).default("FAIL"),
  uniquifySeparator: z.string().max(10).default("_"),
});

/** Adds the endpoints of one device. */
export function addDeviceRoutes(app: FastifyInstance, context: DeviceContext): void {
  addSaveRoutes(app, context);
  addCredentialsRoutes(app, context);
  const { store, registry } = context;
  const reading = { tag: TAG, answer: DEVICE_EXAMPLE, refusals: [400, 404] };
  const get = docs({ ...reading, summary: "A device" });
  app.get<ById>("/api/device/:id", { schema: get, config: { roles: TENANT_READERS } }, async (request) => {
    return deviceJson(deviceOf(request.params.id, callerOf(request), store));
  });
  const info = docs({ ...reading, summary: "A device with whether it is connected and whose it is" });
  app.get<ById>("/api/device/info/:id", { schema: info, config: { roles: TENANT_READERS } }, async (request) => {
    return infoJson(deviceOf(request.params.id, callerOf(request), store), context);
  });
  const remove = docs({ tag: TAG, summary: "Delete a device; its connections are closed", refusals: [400, 404] });
  app.delete<ById>("/api/device/:id", { schema: remove, config: { roles: ADMIN } }, async (request, reply) => {
    const device = deviceOf(request.params.id, callerOf(request), store);
    registry.delete(device.id);
    context.disconnect(device.id);
    context.attributes.forget(device.id);
    return reply.code(200).send();
  });
}

function addSaveRoutes(app: FastifyInstance, context: DeviceContext): void {
  const save = docs({
    tag: TAG,
    summary: "Make a device, or change it when the body has an id",
    query: saveQuery,
    body: deviceBody,
    example: { name: "Boiler 7", type: "boiler" },
    answer: DEVICE_EXAMPLE,
    refusals: [400, 404],
  });
  const roles = ADMIN_OR_CUSTOMER;
  app.post("/api/device", { schema: save, config: { roles } }, async (request) => {
    const body = readBody(request, deviceBody);
    const query = readValue(request.query, saveQuery);
    const token = context.choosesToken ? query.accessToken?.trim() : undefined;
    const saving = {
      body,
      claims: callerOf(request),
      credentials: token ? accessToken(token) : undefined,
      uniquifySeparator: query.nameConflictPolicy === "UNIQUIFY" ? query.uniquifySeparator : undefined,
    };
    return deviceJson(saveDevice(saving, context));
  });
  const both = docs({
    tag: TAG,
    summary: "Make or change a device together with its credentials",
    query: saveQuery.omit({ accessToken: true }),
    body: deviceWithCredentials,
    example: {
      device: { name: "Boiler 8", type: "boiler" },
      credentials: {
        credentialsType: "MQTT_BASIC",
        credentialsValue: '{"clientId":"b8","userName":"u","password":"p"}',
      },
    },
    answer: DEVICE_EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/device-with-credentials", { schema: both, config: { roles } }, async (request) => {
    const { device, credentials: written } = readBody(request, deviceWithCredentials);
    const query = readValue(request.query, saveQuery);
    const credentials = readCredentials(written);
    const uniquifySeparator = query.nameConflictPolicy === "UNIQUIFY" ? query.uniquifySeparator : undefined;
    const saved = saveDevice({ body: device, claims: callerOf(request), credentials, uniquifySeparator }, context);
    if (givenId(device.id) !== undefined) replaceCredentials(saved, credentials, context);
    return deviceJson(saved);
  });
}

function addCredentialsRoutes(app: FastifyInstance, context: DeviceContext): void {
  const { store } = context;
  const get = docs({ tag: TAG, summary: "A device's credentials", answer: CREDENTIALS_EXAMPLE, refusals: [400, 404] });
  const roles = ADMIN_OR_CUSTOMER;
  app.get<ById>("/api/device/:id/credentials", { schema: get, config: { roles } }, async (request) => {
    const credentials = store.credentialsOf(deviceOf(request.params.id, callerOf(request), store).id);
    if (credentials === undefined) throw new ApiError(PROBLEMS.notFound);
    return credentialsJson(credentials);
  });
  const change = docs({
    tag: TAG,
    summary: "Change a device's credentials; its connections are closed",
    body: credentialsBody,
    example: { ...CREDENTIALS_EXAMPLE, credentialsId: "another-token" },
    answer: CREDENTIALS_EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/device/credentials", { schema: change, config: { roles: ADMIN } }, async (request) => {
    const body = readBody(request, credentialsBody);
    const device = deviceOf(body.deviceId.id, callerOf(request), store);
    const id = givenId(body.id);
    if (id !== undefined && id !== store.credentialsOf(device.id)?.id) {
      throw new ApiError(withMessage(PROBLEMS.invalidBody, "Unable to update non-existent device credentials!"));
    }
    return replaceCredentials(device, readCredentials(body), context);
  });
}

/** Closes the device's connections, which were opened with the old ones. */
function replaceCredentials(
  device: DeviceRow,
  credentials: ReturnType<typeof readCredentials>,
  { store, registry, disconnect }: DeviceContext,
): Record<string, unknown> {
  const old = store.credentialsOf(device.id);
  if (old === undefined) throw new ApiError(PROBLEMS.notFound);
  const changed = { ...old, ...credentials };
  refusingConflicts(() => registry.updateCredentials(changed));
  disconnect(device.id);
  return credentialsJson(changed);
}
