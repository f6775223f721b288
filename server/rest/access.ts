/** Who may call which device (contract 3.5, 4.5, and 13.2 for Tempus). The answers are plain text, not error JSON. */
import type { Dialect } from "../../protocol/dialect.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { type Answer, textAnswer } from "./errors.ts";
import type { Claims } from "./tokens.ts";

const SYS_ADMIN = textAnswer(403, "System administrator is not allowed to perform this operation!");
const UNKNOWN = textAnswer(404, "Device with requested id wasn't found!");
const FORBIDDEN = textAnswer(403, "You don't have permission to perform this operation!");
const TEMPUS_TENANT = textAnswer(403, "Device doesn't belong to the current Tenant!");
const TEMPUS_CUSTOMER = textAnswer(403, "Device doesn't belong to the current Customer!");

export interface AccessQuestion {
  readonly claims: Claims;
  readonly device: string;
  readonly registry: DeviceRegistry;
  readonly dialect: Dialect;
}

/** The refusal, or undefined when the caller may call the device. */
export function refusalOf({ claims, device, registry, dialect }: AccessQuestion): Answer | undefined {
  const role = claims.scopes[0];
  if (role === "SYS_ADMIN") return SYS_ADMIN;
  const owner = registry.ownerOf(device);
  if (owner === undefined) return UNKNOWN;
  const tempus = dialect.name === "tempus";
  if (owner.tenantId !== claims.tenantId) return tempus ? TEMPUS_TENANT : UNKNOWN;
  if (role === "CUSTOMER_USER" && owner.customerId !== claims.customerId) return tempus ? TEMPUS_CUSTOMER : FORBIDDEN;
  return undefined;
}
