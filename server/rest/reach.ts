/**
 * What a caller may reach. Another tenant's things do not exist (404, the same words as for an id that nobody has); another
 * customer's are refused (403); an id that is none is 400 (contract 4.3, 12.1).
 */
import { randomUUID } from "node:crypto";
import { ConflictError, type CustomerRow, type DeviceRow, NULL_UUID, type Store } from "../store/store.ts";
import { ApiError, PROBLEMS, type Problem, withMessage } from "./errors.ts";
import type { Claims } from "./tokens.ts";
import { readUuid } from "./uuid.ts";

/** An id as a path or a body has it. Throws ApiError (400). */
export function idOf(text: string): string {
  const id = readUuid(text);
  if (id === undefined) throw new ApiError(withMessage(PROBLEMS.invalidBody, `Invalid UUID string: ${text}`));
  return id;
}

/** The id in a body, or a new one. Null and the null UUID are no id. */
export function idOrNew(given: { readonly id: string } | null | undefined): { id: string; isNew: boolean } {
  const id = givenId(given);
  return id === undefined ? { id: randomUUID(), isNew: true } : { id, isNew: false };
}

/** The id in a body, undefined when there is none. */
export function givenId(given: { readonly id: string } | null | undefined): string | undefined {
  if (given === undefined || given === null) return undefined;
  const id = idOf(given.id);
  return id === NULL_UUID ? undefined : id;
}

/** `row` if it is there and the caller's tenant's. Throws ApiError (404). */
export function ofTenant<T extends { readonly tenantId: string }>(
  row: T | undefined,
  claims: Claims,
  named: { readonly kind: string; readonly id: string },
): T {
  if (row === undefined || row.tenantId !== claims.tenantId) throw notFound(named.kind, named.id);
  return row;
}

export function notFound(kind: string, id: string): ApiError {
  return new ApiError(withMessage(PROBLEMS.notFound, `${kind} with id [${id}] is not found`));
}

/** The device of this id that the caller may see. Throws ApiError. */
export function deviceOf(idText: string, claims: Claims, store: Store): DeviceRow {
  const id = idOf(idText);
  const device = ofTenant(store.deviceById(id), claims, { kind: "Device", id });
  return ofCustomer(device, device.customerId, claims);
}

/** The customer of this id that the caller may see. Throws ApiError. */
export function customerOf(idText: string, claims: Claims, store: Store): CustomerRow {
  const id = idOf(idText);
  return ofCustomer(ofTenant(store.customers.byId(id), claims, { kind: "Customer", id }), id, claims);
}

function ofCustomer<T>(row: T, customerId: string, claims: Claims): T {
  if (claims.scopes[0] === "CUSTOMER_USER" && customerId !== claims.customerId) {
    throw new ApiError(PROBLEMS.permissionDenied);
  }
  return row;
}

const PROBLEM_OF: { readonly [what in ConflictError["what"]]: Problem } = {
  device_name: PROBLEMS.duplicateDevice,
  access_token: PROBLEMS.duplicateToken,
  title: PROBLEMS.duplicateTitle,
  email: PROBLEMS.duplicateUser,
  profile_name: PROBLEMS.duplicateProfile,
  provision_key: PROBLEMS.duplicateProvisionKey,
};

/** Does `work`; what another row has already is 400. */
export function refusingConflicts<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConflictError) throw new ApiError(PROBLEM_OF[error.what]);
    throw error;
  }
}
