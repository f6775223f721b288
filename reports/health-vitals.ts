/** Rows of health about the generator's own threads and the machine under them: signs of trouble, before it shows in a figure. */
import type { GeneratorVitals, MachineVitals, ThreadVitals } from "../protocol/generator-vitals.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../protocol/time.ts";
import { formatCount, formatMs, formatShare } from "./format.ts";
import type { HealthRow } from "./summary-schema.ts";

/** A loop that is busy for longer than this is late for what comes next (rule R8). */
const MAX_BUSY_SHARE = 0.7;
const GC_SHARE = 0.1;
/** Clearing short-lived objects takes up to this long without anything being wrong, and far less often than once in 100 calls. */
const USUAL_GC: Duration = 5 * MILLISECOND;
/** One part in twenty of a second: 50 ms, in which nobody was there to send. */
const MAX_LOST_SHARE = 0.05;

export interface VitalsScope {
  /** Whose tail a pause would show in. */
  readonly responseTimeP99: Duration;
  /** Nothing later is judged; undefined: everything is. */
  readonly until: Instant | undefined;
}

/** Busy loop, garbage, stolen time. None of them voids a run by itself: what they did to the calls is the send lag. */
export function vitalsRows(vitals: GeneratorVitals | undefined, { responseTimeP99, until }: VitalsScope): HealthRow[] {
  const slots = until === undefined || vitals === undefined ? undefined : Math.ceil(until / SECOND / vitals.slotS);
  const threads = vitals?.threads.map((thread) => cut(thread, slots)) ?? [];
  const gcLimit = Math.max(USUAL_GC, Math.round(GC_SHARE * responseTimeP99));
  return [
    suspectAbove({
      name: "loop busy, worst second",
      unit: "share",
      limit: MAX_BUSY_SHARE,
      value: highest(threads.flatMap(({ busyMax }) => busyMax)),
      detail: threads.map(busyText).join("; "),
    }),
    suspectAbove({
      name: "GC pause, longest",
      unit: "us",
      limit: gcLimit,
      value: highest(threads.flatMap(({ gcMaxUs }) => gcMaxUs)),
      detail: threads.map(gcText).join("; "),
    }),
    lostRow(vitals, slots),
  ];
}

type Unjudged = Pick<HealthRow, "name" | "unit" | "value" | "limit" | "detail">;

function suspectAbove({ detail, ...row }: Unjudged): HealthRow {
  const verdict = row.value !== null && row.value > row.limit ? "suspect" : "healthy";
  return { ...row, rule: "at_most", verdict, detail: detail === "" ? "not recorded" : detail };
}

function cut(thread: ThreadVitals, slots: number | undefined): ThreadVitals {
  const { name, busyMean, busyMax, gcPauses, gcSumUs, gcMaxUs } = thread;
  const first = (values: readonly number[]): readonly number[] => values.slice(0, slots);
  return {
    name,
    busyMean: first(busyMean),
    busyMax: first(busyMax),
    gcPauses: first(gcPauses),
    gcSumUs: first(gcSumUs),
    gcMaxUs: first(gcMaxUs),
  };
}

function busyText({ name, busyMean, busyMax }: ThreadVitals): string {
  return `${name} ${percent(mean(busyMean))} on average, ${percent(highest(busyMax) ?? 0)} at most`;
}

function gcText({ name, gcPauses, gcSumUs, gcMaxUs }: ThreadVitals): string {
  const pauses = sum(gcPauses);
  if (pauses === 0) return `${name} none`;
  return `${name} ${formatCount(pauses)}, ${formatMs(sum(gcSumUs))} ms together, ${formatMs(highest(gcMaxUs) ?? 0)} ms at most`;
}

/** Time that was taken from us: by other machines of the host, or by the quota of our own control group. */
function lostRow(vitals: GeneratorVitals | undefined, slots: number | undefined): HealthRow {
  const name = "CPU stolen or throttled, worst second";
  const row = { name, unit: "share", limit: MAX_LOST_SHARE } as const;
  if (vitals === undefined) return suspectAbove({ ...row, value: null, detail: "" });
  const { slotS, machine } = vitals;
  const { stealShare = [], throttledUs = [] } = cutMachine(machine, slots);
  const lost = [...stealShare, ...throttledUs.map((us) => us / (slotS * SECOND))];
  return suspectAbove({ ...row, value: highest(lost), detail: lostText(cutMachine(machine, slots)) });
}

function cutMachine(machine: MachineVitals, slots: number | undefined): MachineVitals {
  const { stealShare, busyShare, throttledUs, processCores } = machine;
  return {
    stealShare: stealShare?.slice(0, slots),
    busyShare: busyShare?.slice(0, slots),
    throttledUs: throttledUs?.slice(0, slots),
    processCores: processCores.slice(0, slots),
  };
}

/** Also who else wanted the machine: what keeps a thread waiting for a core is neither steal nor throttling. */
function lostText({ stealShare, busyShare, throttledUs, processCores }: MachineVitals): string {
  const own = `this process used ${percent(mean(processCores))} of a core`;
  return [
    stealShare === undefined ? "steal not measurable here" : `stolen ${percent(mean(stealShare))} on average`,
    throttledUs === undefined ? "throttling not measurable here" : throttledText(sum(throttledUs)),
    busyShare === undefined ? own : `all cores ${percent(mean(busyShare))} busy, ${own}`,
  ].join("; ");
}

function throttledText(us: Duration): string {
  return us === 0 ? "never throttled" : `throttled for ${formatMs(us)} ms`;
}

/** Shares of time to a tenth of a per cent; the exact one is the row's value. */
function percent(share: number): string {
  return formatShare(Math.round(share * 1_000) / 1_000);
}

function highest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((most, value) => Math.max(most, value));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
