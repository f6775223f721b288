/** Making and changing devices (contract 12.1), for one device or many. */

import { randomAccessToken } from "../store/access-token.ts";
import { accessToken, type Credentials, makeCredentials, type WrittenCredentials } from "../store/credentials.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { type DeviceRow, NULL_UUID, type Store } from "../store/store.ts";
import type { DeviceBody } from "./device-body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { deviceOf, givenId, refusingConflicts } from "./reach.ts";
import type { Claims } from "./tokens.ts";

export interface SaveContext {
  readonly store: Store;
  readonly registry: DeviceRegistry;
}

export interface Saving {
  readonly body: DeviceBody;
  readonly claims: Claims;
  /** For a new device; absent: a random token. */
  readonly credentials?: Credentials | undefined;
  /** What stands between a taken name and the letters that make it unique; absent: a taken name is refused. */
  readonly uniquifySeparator?: string | undefined;
}

const NAME_TRIES = 5;
const SUFFIX_LETTERS = 6;

/** Makes the device, or changes it when the body has an id. Throws ApiError. */
export function saveDevice(saving: Saving, context: SaveContext): DeviceRow {
  const id = givenId(saving.body.id);
  return id === undefined ? create(saving, context) : update(saving, id, context);
}

/** Credentials that a client wrote, complete. Throws ApiError (400). */
export function readCredentials(written: WrittenCredentials): Credentials {
  const credentials = makeCredentials(written);
  if ("problem" in credentials) throw new ApiError(withMessage(PROBLEMS.invalidBody, credentials.problem));
  return credentials;
}

function create({ body, claims, credentials, uniquifySeparator }: Saving, { store, registry }: SaveContext): DeviceRow {
  const { tenantId } = claims;
  const device = {
    tenantId,
    customerId: claims.scopes[0] === "CUSTOMER_USER" ? claims.customerId : customerIn(body, claims, store),
    name: body.name,
    type: typeOf(body, tenantId, store) ?? "default",
    label: body.label ?? null,
    additionalInfo: infoText(body),
  };
  for (let tries = uniquifySeparator === undefined ? 1 : NAME_TRIES; ; tries--) {
    const taken = store.deviceByName(tenantId, device.name) !== undefined;
    if (!taken || tries === 1) return refusingConflicts(() => registry.create(device, credentials ?? accessToken()));
    device.name = `${body.name}${uniquifySeparator}${randomAccessToken().slice(0, SUFFIX_LETTERS)}`;
  }
}

/** What the body does not name stays, except the label and additionalInfo. */
function update({ body, claims }: Saving, id: string, { store, registry }: SaveContext): DeviceRow {
  const old = deviceOf(id, claims, store);
  const type = typeOf(body, old.tenantId, store) ?? old.type;
  const moves = body.customerId !== undefined && body.customerId !== null && claims.scopes[0] === "TENANT_ADMIN";
  const device: DeviceRow = {
    ...old,
    customerId: moves ? customerIn(body, claims, store) : old.customerId,
    name: body.name,
    type,
    label: body.label ?? null,
    deviceProfileId: store.profiles.idOf(old.tenantId, type),
    additionalInfo: infoText(body),
  };
  refusingConflicts(() => registry.update(device));
  return device;
}

function customerIn(body: DeviceBody, { tenantId }: Claims, store: Store): string {
  const id = givenId(body.customerId);
  if (id === undefined) return NULL_UUID;
  if (store.customers.byId(id)?.tenantId === tenantId) return id;
  throw new ApiError(withMessage(PROBLEMS.invalidBody, "Can't assign device to non-existent customer!"));
}

/** A profile that is named by its id decides; else the type is its name. Undefined when the body says neither. */
function typeOf(body: DeviceBody, tenantId: string, store: Store): string | undefined {
  const id = givenId(body.deviceProfileId);
  if (id === undefined) return body.type || undefined;
  const profile = store.profiles.byId(id);
  if (profile?.tenantId === tenantId) return profile.name;
  throw new ApiError(withMessage(PROBLEMS.invalidBody, "Device is referencing to non-existent device profile!"));
}

function infoText(body: DeviceBody): string | null {
  return body.additionalInfo === undefined || body.additionalInfo === null ? null : JSON.stringify(body.additionalInfo);
}
