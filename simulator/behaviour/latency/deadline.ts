/**
 * Latencies relative to the Call's deadline T, its effective timeout: `miss`, `straddle` and `reflect`. The latency is measured from the
 * request's arrival at the device to the reply leaving it; what the way there and back takes comes on top.
 */
import { pow } from "../../../protocol/exact-math.ts";
import { chanceThreshold, PURPOSE } from "../../../protocol/random.ts";
import { type Duration, formatDuration } from "../../../protocol/time.ts";
import { type Form, type FormReader, formatForm, isProblem, parseForm } from "../form.ts";
import { constantMarginal, finiteMarginal, invert, type Marginal, scaled, uniformMarginal } from "./marginal.ts";
import { mixture } from "./mixture.ts";
import { type FormScope, independent, type LatencyNode } from "./node.ts";
import { meanOf } from "./quadrature.ts";
import { readNested } from "./time-varying.ts";
import { percent } from "./truncation.ts";

/** The parameter a family leaves open, the one it then must have, and where to look for it. */
const OPEN: ReadonlyMap<string, readonly OpenParameter[]> = new Map([
  [
    "lognormal",
    [
      { key: "sigma", instead: ["p99", "mean"], low: 1e-6, high: 100, unit: "", light: "low" },
      { key: "p50", instead: ["median"], low: 1, high: 1e12, unit: "us", light: "low" },
    ],
  ],
  ["exponential", [{ key: "mean", instead: [], low: 1, high: 1e12, unit: "us", light: "low" }]],
  ["weibull", [{ key: "k", instead: ["p99"], low: 0.01, high: 999, unit: "", light: "high" }]],
  ["pareto", [{ key: "alpha", instead: ["p99"], low: 0.01, high: 1000, unit: "", light: "high" }]],
  ["lomax", [{ key: "alpha", instead: ["p99"], low: 0.01, high: 1000, unit: "", light: "high" }]],
]);

interface OpenParameter {
  readonly key: string;
  /** Arguments that settle it as well. */
  readonly instead: readonly string[];
  readonly low: number;
  readonly high: number;
  readonly unit: "" | "us";
  /** The end of the range with the lightest tail. */
  readonly light: "low" | "high";
}

const SCAN_STEPS = 100;

const UNCAPPED = [
  ["cap", "1000000h"],
  ["beyond", "never"],
] as const;

/** How far the achieved share of misses may be from the wanted one, relative to it. */
const TOLERANCE = 1e-3;

/**
 * `miss(1%, lognormal(p50=200ms))`: the form in which a share x of the delays is longer than T. One free parameter is solved for:
 * the one its author left out, or else a common factor of all delays. P(L > T) moves one way with each, so bisection finds it.
 */
export function readMiss(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const wanted = reader.share("x", 0);
  const text = reader.nested("form", 1);
  const deadline = deadlineOf(reader, scope);
  if (reader.problems.length === 0 && !(wanted > 0 && wanted < 0.5))
    reader.refuse("the share that misses must be above 0% and below 50%");
  if (text === undefined || reader.problems.length > 0) return undefined;
  const form = parseForm(text);
  const open = isProblem(form) ? undefined : OPEN.get(form.name)?.find((parameter) => isOpen(form, parameter));
  if (open !== undefined) return solveParameter(reader, scope, { form: form as Form, open, wanted, deadline });
  const node = scope.read(text);
  if (node === undefined) return undefined;
  if (!node.independent || node.marginal === undefined) {
    reader.refuse("needs a form whose every delay is drawn alike, such as lognormal(p50=200ms)");
    return undefined;
  }
  return solveScale(reader, scope, { inner: node.marginal, wanted, deadline });
}

function isOpen({ values }: Form, { key, instead }: OpenParameter): boolean {
  const position = key === "sigma" || key === "k" || key === "alpha" ? "1" : "0";
  return ![key, position, ...instead].some((name) => values.has(name)) && !values.has("xm") && !values.has("lambda");
}

interface Wanted {
  readonly wanted: number;
  readonly deadline: Duration;
}

function solveParameter(
  reader: FormReader,
  scope: FormScope,
  { form, open, wanted, deadline }: Wanted & { readonly form: Form; readonly open: OpenParameter },
): LatencyNode | undefined {
  const silent = scope.silent();
  const textWith = (value: number, more: readonly (readonly [string, string])[]): string => {
    const own = [open.key, `${value.toFixed(open.unit === "" ? 12 : 0)}${open.unit}`] as const;
    return formatForm({ ...form, values: new Map([...form.values, own, ...more]) });
  };
  // A heavy tail is tried without the cap that it will need; the form that is found is read as its author wrote it.
  const uncapped = form.values.has("cap") ? [] : UNCAPPED;
  const missed = (value: number): number =>
    1 - (silent.read(textWith(value, uncapped))?.marginal?.cdf(deadline) ?? Number.NaN);
  const value = firstCrossing(open, (candidate) => missed(candidate) > wanted);
  const node = scope.read(textWith(value, []));
  if (node?.marginal === undefined) return undefined;
  const solved = open.unit === "us" ? formatDuration(Math.round(value)) : String(Math.round(value * 10_000) / 10_000);
  if (!reaches(reader, 1 - node.marginal.cdf(deadline), { wanted, deadline })) return undefined;
  scope.tell("solved", `${open.key} = ${solved}, so that ${percent(wanted)} is later than ${formatDuration(deadline)}`);
  return node;
}

/**
 * Where a condition first becomes true on the way from the light end to the heavy one. A cap with `reject` takes the heaviest tails away
 * again, so the whole range may hold two such places; the first keeps more of the form.
 */
function firstCrossing({ low, high, light }: OpenParameter, holds: (value: number) => boolean): number {
  const ratio = pow(high / low, 1 / SCAN_STEPS);
  let near = light === "low" ? low : high;
  let far = near;
  for (let step = 0; step < SCAN_STEPS && !holds(far); step++) {
    near = far;
    far = light === "low" ? far * ratio : far / ratio;
  }
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(near * far);
    if (holds(middle)) far = middle;
    else near = middle;
  }
  return near;
}

function solveScale(
  reader: FormReader,
  scope: FormScope,
  { inner, wanted, deadline }: Wanted & { readonly inner: Marginal },
): LatencyNode | undefined {
  const at = inner.never < wanted ? inner.quantile(1 - wanted) : 0;
  if (!(at > 0)) {
    reader.refuse(`the form is silent or immediate too often to miss in ${percent(wanted)}`);
    return undefined;
  }
  const factor = deadline / at;
  const marginal = scaled(inner, factor);
  // The deadline itself is in time: of a form with steps, one may lie there.
  if (!reaches(reader, 1 - marginal.cdf(deadline * (1 + 1e-9)), { wanted, deadline })) return undefined;
  scope.tell(
    "solved",
    `all delays times ${Number(factor.toPrecision(5))}, so that ${percent(wanted)} is later than ${formatDuration(deadline)}`,
  );
  return independent(marginal);
}

function reaches(reader: FormReader, missed: number, { wanted, deadline }: Wanted): boolean {
  if (Math.abs(missed - wanted) <= TOLERANCE * wanted) return true;
  reader.refuse(
    `cannot be later than ${formatDuration(deadline)} in ${percent(wanted)} of the draws; the nearest is ${percent(missed)}`,
  );
  return false;
}

/**
 * `straddle(within=5ms, w=100%, grid=1ms, base=form)`: with weight w a delay is drawn from [T - within, T + within], on a grid that has
 * T on it or else uniformly; with the rest of the weight, from the base.
 */
export function readStraddle(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("straddle");
  const within = reader.duration("within", 0);
  const w = reader.share("w", 1, 1);
  const grid = reader.has("grid") ? reader.duration("grid", -1) : undefined;
  const base = w < 1 || reader.has("base") ? readNested(reader, scope, "base", -1) : undefined;
  const deadline = deadlineOf(reader, scope);
  if (grid === 0) reader.refuse("grid must be above 0ms");
  if (reader.problems.length === 0 && within > deadline) reader.refuse("within must not be above the timeout");
  if (reader.problems.length > 0) return undefined;
  const around = independent(
    grid === undefined ? uniformMarginal(deadline - within, deadline + within) : steps(deadline, within, grid),
  );
  if (w === 1) return around;
  return base === undefined ? undefined : mixture([w, 1 - w], [around, base], place, PURPOSE.latencyStraddle);
}

/** Every multiple of `grid` from T that lies within, each as likely as any other. */
function steps(deadline: Duration, within: Duration, grid: Duration): Marginal {
  const aside = Math.floor(within / grid);
  const count = 2 * aside + 1;
  const first = deadline - aside * grid;
  if (count === 1) return constantMarginal(deadline);
  return finiteMarginal(
    (u) => first + grid * Math.floor(u * count),
    (t) => Math.min(1, Math.max(0, (Math.floor((t - first) / grid) + 1) / count)),
    () => deadline,
  );
}

/**
 * `reflect(form, p=50%)`: with chance p a delay L becomes 2T - L, so that the shape just below the deadline stands just above it as well.
 * A delay above 2T has no mirror image and stays.
 */
export function readReflect(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("reflect");
  const inner = readNested(reader, scope, "form", 0);
  const p = reader.share("p", 1, 1);
  const deadline = deadlineOf(reader, scope);
  if (inner === undefined || reader.problems.length > 0) return undefined;
  const threshold = chanceThreshold(p);
  return {
    value: (u, context, random) => {
      const delay = inner.value(u, context, random);
      const mirrored = random.seek(context.device, PURPOSE.latencyReflection, context.key, place).fires(threshold);
      return mirrored && delay <= 2 * deadline ? 2 * deadline - delay : delay;
    },
    marginal: inner.marginal === undefined ? undefined : reflected(inner.marginal, p, deadline),
    independent: inner.independent,
  };
}

function reflected(inner: Marginal, p: number, deadline: Duration): Marginal {
  const mirror = 2 * deadline;
  const cdf = (t: number): number => {
    const own = inner.cdf(t);
    if (t >= mirror) return own;
    const image = t < 0 ? 0 : inner.cdf(mirror) - below(inner, mirror - t);
    return (1 - p) * own + p * image;
  };
  return {
    cdf,
    quantile: (u) =>
      u > 1 - inner.never ? Number.POSITIVE_INFINITY : invert(cdf, u, 0, Math.max(mirror, inner.quantile(u))),
    mean: () => {
      const plain = inner.mean();
      const kept = inner.cdf(mirror) / (1 - inner.never);
      const share = inner.cdf(mirror);
      const lower = kept === 0 ? 0 : meanOf((u) => Math.min(mirror, inner.quantile(u * share)));
      return plain + p * kept * (mirror - 2 * lower);
    },
    never: inner.never,
  };
}

/** Share strictly below t. */
function below(inner: Marginal, t: number): number {
  return t <= 0 ? 0 : inner.cdf(t * (1 - 2 ** -50));
}

function deadlineOf(reader: FormReader, scope: FormScope): Duration {
  if (scope.timeout === undefined) reader.refuse("is relative to the timeout of a call, and none is known here");
  else if (scope.timeout <= 0) reader.refuse("needs a timeout above 0s");
  return scope.timeout ?? 0;
}
