/** What a share of counted Calls says of the share that a longer run would have. */
import { Z95 } from "./normal.ts";

/** Wilson's 95 % interval of a share, `count` of `n` (n at least 1). Never outside 0 to 1, and never without width. */
export function wilsonInterval(count: number, n: number): { low: number; high: number } {
  const share = count / n;
  const z2 = Z95 * Z95;
  const middle = share + z2 / (2 * n);
  const reach = Z95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  const low = count === 0 ? 0 : (middle - reach) / scale;
  const high = count === n ? 1 : (middle + reach) / scale;
  return { low: Math.max(0, low), high: Math.min(1, high) };
}

/** Calls after which the interval of a share that stays as it is no longer holds `limit`; infinite when it is the limit. */
export function callsToTell(share: number, limit: number): number {
  return Math.ceil((Z95 * Z95 * limit * (1 - limit)) / (share - limit) ** 2);
}
