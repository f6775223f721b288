/** REST rate limits of tenants and customers: the 429 of contract 4.5. */
import { PROBLEMS, type Problem } from "./errors.ts";
import { type Bandwidth, RateLimit } from "./rate-limit.ts";
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

function limiter(bandwidths: readonly Bandwidth[]): (owner: string, nowMs: number) => boolean {
  if (bandwidths.length === 0) return () => true;
  const limits = new Map<string, RateLimit>();
  return (owner, nowMs) => {
    let limit = limits.get(owner);
    if (limit === undefined) {
      limit = new RateLimit(bandwidths, Math.floor(nowMs));
      limits.set(owner, limit);
    }
    return limit.take(nowMs);
  };
}
