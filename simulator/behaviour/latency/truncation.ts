/**
 * Cutting a distribution off, by one named rule each way, which any family takes:
 *
 *   cap=2s, beyond=reject   only delays up to the cap: Q(u F(cap)), one draw and never a loop
 *   cap=2s, beyond=clamp    a longer delay becomes the cap
 *   cap=2s, beyond=never    a longer delay becomes silence
 *   least=5ms, below=reject | clamp   the same at the lower end
 */
import { formatDuration } from "../../../protocol/time.ts";
import type { FormReader } from "../form.ts";
import { type Marginal, openShare } from "./marginal.ts";
import type { FormScope } from "./node.ts";
import { meanOf } from "./quadrature.ts";

export const TRUNCATION_ARGUMENTS = ["cap", "beyond", "least", "below"] as const;

const ABOVE = ["reject", "clamp", "never"] as const;
const BELOW = ["reject", "clamp"] as const;

/** Reads the rules, if there are any, and applies them: first the lower end, then the cap. */
export function truncate(inner: Marginal, reader: FormReader, scope: FormScope): Marginal {
  const beyond = reader.choice("beyond", ABOVE);
  const below = reader.choice("below", BELOW);
  const hasCap = reader.has("cap");
  const hasLeast = reader.has("least");
  const cap = reader.duration("cap", -1, 0);
  const least = reader.duration("least", -1, 0);
  if (hasCap && beyond === undefined && !reader.has("beyond"))
    reader.refuse("a cap needs its rule: beyond=reject, beyond=clamp or beyond=never");
  if (hasLeast && below === undefined && !reader.has("below"))
    reader.refuse("least needs its rule: below=reject or below=clamp");
  if (reader.has("beyond") && !hasCap) reader.refuse("beyond has no cap to apply to");
  if (reader.has("below") && !hasLeast) reader.refuse("below has no least to apply to");
  if (hasCap && hasLeast && cap <= least) reader.refuse("needs least < cap");
  if (reader.problems.length > 0) return inner;
  let cut = inner;
  if (hasLeast && below !== undefined) {
    const moved = inner.cdf(least);
    scope.tell("truncation", `below ${formatDuration(least)}: ${below} (${percent(moved)} of the draws)`);
    if (moved >= 1) reader.refuse("every delay is below least");
    else cut = below === "reject" ? rejectBelow(cut, least) : clampBelow(cut, least);
  }
  if (hasCap && beyond !== undefined) {
    const kept = cut.cdf(cap);
    const moved = 1 - kept - cut.never;
    scope.tell("truncation", `beyond ${formatDuration(cap)}: ${beyond} (${percent(Math.max(0, moved))} of the draws)`);
    if (kept <= 0) reader.refuse("every delay is beyond the cap");
    else cut = ABOVE_RULES[beyond](cut, cap);
  }
  return cut;
}

const ABOVE_RULES = { reject: rejectAbove, clamp: clampAbove, never: silenceAbove } as const;

function rejectAbove(inner: Marginal, cap: number): Marginal {
  const kept = inner.cdf(cap);
  const quantile = (u: number): number => Math.min(cap, inner.quantile(u * kept));
  return {
    quantile,
    cdf: (t) => (t >= cap ? 1 : inner.cdf(t) / kept),
    mean: () => meanOf(quantile),
    never: 0,
  };
}

function clampAbove(inner: Marginal, cap: number): Marginal {
  const bounded = (u: number): number => Math.min(cap, inner.quantile(u * (1 - inner.never)));
  return {
    quantile: (u) => {
      const delay = inner.quantile(u);
      return delay === Number.POSITIVE_INFINITY && u > 1 - inner.never ? delay : Math.min(cap, delay);
    },
    cdf: (t) => (t >= cap ? 1 - inner.never : inner.cdf(t)),
    mean: () => meanOf(bounded),
    never: inner.never,
  };
}

function silenceAbove(inner: Marginal, cap: number): Marginal {
  const kept = inner.cdf(cap);
  return {
    quantile: (u) => (u > kept ? Number.POSITIVE_INFINITY : Math.min(cap, inner.quantile(u))),
    cdf: (t) => inner.cdf(Math.min(t, cap)),
    mean: () => meanOf((u) => Math.min(cap, inner.quantile(u * kept))),
    never: 1 - kept,
  };
}

function rejectBelow(inner: Marginal, least: number): Marginal {
  const lost = inner.cdf(least);
  const finite = (1 - inner.never - lost) / (1 - lost);
  const quantile = (u: number): number => Math.max(least, inner.quantile(openShare(lost + u * (1 - lost))));
  return {
    quantile,
    cdf: (t) => (t < least ? 0 : (inner.cdf(t) - lost) / (1 - lost)),
    mean: () => meanOf((u) => quantile(u * finite)),
    never: 1 - finite,
  };
}

function clampBelow(inner: Marginal, least: number): Marginal {
  return {
    quantile: (u) => Math.max(least, inner.quantile(u)),
    cdf: (t) => (t < least ? 0 : inner.cdf(t)),
    mean: () => meanOf((u) => Math.max(least, inner.quantile(u * (1 - inner.never)))),
    never: inner.never,
  };
}

/** A share with four significant digits: `1.17%`. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))}%`;
}
