/** Users as JSON: what a client may send and what it gets (contract 12.5). */
import { z } from "zod";
import type { UserRow } from "../store/store.ts";
import { entityId } from "./body.ts";

const LONGEST = 255;
const LONGEST_PASSWORD = 1_000;

/** The original's default policy: at least six characters. */
export const newPassword = z
  .string()
  .min(6, "Password must be 6 or more characters in length.")
  .max(LONGEST_PASSWORD, "Password is too long");

export const userBody = z.object({
  id: entityId,
  email: z
    .string()
    .trim()
    .max(LONGEST)
    .regex(/^[^@\s]+@[^@\s]+$/, "Invalid email address"),
  authority: z.enum(["TENANT_ADMIN", "CUSTOMER_USER"]),
  tenantId: entityId,
  customerId: entityId,
  firstName: z.string().max(LONGEST).nullish(),
  lastName: z.string().max(LONGEST).nullish(),
});

export type UserBody = z.output<typeof userBody>;

export function userJson(user: UserRow): Record<string, unknown> {
  return {
    id: { entityType: "USER", id: user.id },
    createdTime: user.createdTime,
    tenantId: { entityType: "TENANT", id: user.tenantId },
    customerId: { entityType: "CUSTOMER", id: user.customerId },
    email: user.email,
    name: user.email,
    authority: user.authority,
    firstName: user.firstName,
    lastName: user.lastName,
    phone: null,
    additionalInfo: null,
  };
}

export const USER_EXAMPLE = userJson({
  id: "0c8a6f10-51ff-11f0-8d3c-2b7e6c9a4f10",
  createdTime: 1767225600000,
  tenantId: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  customerId: "13814000-1dd2-11b2-8080-808080808080",
  email: "tenant@thingsboard.org",
  authority: "TENANT_ADMIN",
  firstName: "Ada",
  lastName: "Ops",
  passwordHash: "",
  enabled: 1,
  activateToken: null,
  tokensFrom: 0,
});
