/**
 * A rate limit written as `N:seconds,N:seconds` (contract 15): token buckets that are full at the start and fill evenly. One request
 * takes a token of each; a request that finds one of them empty takes none. Whole numbers only, so nothing drifts.
 */

/** `count` requests in `periodMs`. */
export interface Bandwidth {
  readonly count: number;
  readonly periodMs: number;
}

const PART = /^\s*(\d{1,9})\s*:\s*(\d{1,7})\s*$/;
const SECOND_MS = 1_000;

/** The bandwidths of a text, none for an empty one; undefined when it cannot be read. */
export function readRateLimit(text: string): readonly Bandwidth[] | undefined {
  if (text.trim() === "") return [];
  const bandwidths: Bandwidth[] = [];
  for (const part of text.split(",")) {
    const [, count, seconds] = PART.exec(part) ?? [];
    const bandwidth = { count: Number(count), periodMs: Number(seconds) * SECOND_MS };
    if (!(bandwidth.count > 0 && bandwidth.periodMs > 0)) return undefined;
    bandwidths.push(bandwidth);
  }
  return bandwidths;
}

/** The text that reads as these bandwidths. */
export function writeRateLimit(bandwidths: readonly Bandwidth[]): string {
  return bandwidths.map(({ count, periodMs }) => `${count}:${periodMs / SECOND_MS}`).join(",");
}

/** Takes one request of `owner` if there is room for it. */
export type Limiter = (owner: string, nowMs: number) => boolean;

/** The same limit for each owner; without bandwidths no owner is looked for. */
export function limiter(bandwidths: readonly Bandwidth[]): Limiter {
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

/** A bucket's level is counted in parts: a token is `periodMs` of them, and `count` come back every millisecond. */
interface Bucket extends Bandwidth {
  level: number;
}

export class RateLimit {
  readonly #buckets: readonly Bucket[];
  #filledAtMs: number;

  constructor(bandwidths: readonly Bandwidth[], nowMs: number) {
    this.#buckets = bandwidths.map((bandwidth) => ({ ...bandwidth, level: bandwidth.count * bandwidth.periodMs }));
    this.#filledAtMs = nowMs;
  }

  /** Takes one request if every bandwidth has room for it. A clock that was set back fills nothing. */
  take(nowMs: number): boolean {
    const passedMs = Math.max(0, Math.floor(nowMs) - this.#filledAtMs);
    if (passedMs > 0) this.#filledAtMs += passedMs;
    let room = true;
    for (const bucket of this.#buckets) {
      const { count, periodMs } = bucket;
      bucket.level =
        passedMs >= periodMs ? count * periodMs : Math.min(count * periodMs, bucket.level + passedMs * count);
      if (bucket.level < periodMs) room = false;
    }
    if (room) for (const bucket of this.#buckets) bucket.level -= bucket.periodMs;
    return room;
  }
}
