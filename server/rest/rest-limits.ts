/** REST rate limits of tenants and customers: the 429 of contract 4.5. */
import { type Bandwidth, limiter } from "../rate-limit.ts";
import { PROBLEMS, type Problem } from "./errors.ts";
import type { Claims } from "./tokens.ts";

/** The refusal of a request that comes at `nowMs`, or undefined; then it has been counted. */
export type LimitProblem = (claims: Claims, nowMs: number) => Problem | undefined;

export interface RestLimitOptions {
  readonly tenantRestLimits: readonly Bandwidth[];
  readonly customerRestLimits: readonly Bandwidth[];
}

/** The tenant is asked first; a system administrator has no limit. */
export function createRestLimits({ tenantRestLimits, customerRestLimits }: RestLimitOptions): LimitProblem {
  const tenants = limiter(tenantRestLimits);
  const customers = limiter(customerRestLimits);
  return ({ scopes: [authority], tenantId, customerId }, nowMs) => {
    if (authority === "SYS_ADMIN") return undefined;
    if (!tenants(tenantId, nowMs)) return PROBLEMS.tenantLimit;
    if (authority === "CUSTOMER_USER" && !customers(customerId, nowMs)) return PROBLEMS.customerLimit;
    return undefined;
  };
}
