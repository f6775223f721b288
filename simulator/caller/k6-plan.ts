/**
 * The plan that k6's script reads: what Node knows about a batch of calls, as JSON. Pure. The list of starts is a file of its
 * own, because every VU parses the plan but all of them share the list.
 */
import type { CallBody } from "../../protocol/call-body.ts";
import { DIALECTS, type DialectName } from "../../protocol/dialect.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { CallBatch } from "./call-batch.ts";
import type { K6Problem } from "./k6-problem.ts";

/** One k6 scenario; the names are k6's own. */
interface K6Scenario {
  readonly executor: "shared-iterations" | "constant-vus";
  readonly exec: "openCall" | "closedCall";
  readonly vus: number;
  readonly iterations?: number;
  readonly maxDuration?: string;
  readonly duration?: string;
  readonly gracefulStop: string;
}

/** One kind of call. */
interface K6Kind {
  /** URL up to the device id. */
  readonly rpcUrl: string;
  readonly body: CallBody;
  readonly clientTimeoutMs: number;
}

export interface K6Plan {
  /** Options of k6 itself. */
  readonly options: {
    readonly scenarios: Readonly<Record<string, K6Scenario>>;
    readonly systemTags: ("status" | "error_code" | "scenario" | "name")[];
    readonly noConnectionReuse: boolean;
    readonly noVUConnectionReuse: boolean;
    /** Conditions by metric; the script feeds those metrics that have any, see main.ts. */
    readonly thresholds: K6Thresholds;
  };
  readonly base: string;
  readonly kinds: readonly K6Kind[];
  readonly dialect: DialectName;
  readonly token: string;
  readonly runTag: string;
  readonly firstCall: number;
  /** From the start of the VUs to intended start 0: time to open the connections. */
  readonly leadUs: Duration;
  /** Between the warm-up requests of two VUs. */
  readonly warmUpSpacingUs: Duration;
  /** Absolute path of the list of starts, one a line. */
  readonly startsFile: string;
}

/** A batch with what k6 must know besides. */
export interface K6Batch extends CallBatch {
  /** k6 VUs of an open workload, see sizeVus; a closed one has as many as callers. */
  readonly vus: number;
  readonly thresholds: K6Thresholds;
}

/** k6's own conditions, such as `p(95)<250`, by metric. */
export type K6Thresholds = Readonly<Record<string, readonly string[]>>;

/** k6 flushes its lines once a second and the origin must be known before the first call. */
const LEAST_LEAD: Duration = 1_500 * MILLISECOND;
const WARM_UP_SPACING: Duration = 1_500;
const WARM_UP_REST: Duration = 500 * MILLISECOND;
/** Room for calls that queue behind busy VUs before k6 stops starting them. */
const BACKLOG: Duration = 5 * SECOND;
const GRACE: Duration = 2 * SECOND;

/** The number of VUs k6 will have: never more than calls, which k6 refuses. */
export function plannedVus(batch: K6Batch): number {
  return batch.closed?.callers ?? Math.min(batch.vus, batch.intendedUs.length);
}

/** The plan for one batch; `startsFile` is where startLines will be written. */
export function buildPlan(batch: K6Batch, startsFile: string): K6Plan {
  const vus = plannedVus(batch);
  const leadUs = Math.max(LEAST_LEAD, vus * WARM_UP_SPACING + WARM_UP_REST);
  const rpcPath = DIALECTS[batch.dialect].rpcPath;
  return {
    options: {
      scenarios: { calls: k6Scenario(batch, vus, leadUs) },
      systemTags: ["status", "error_code", "scenario", "name"],
      noConnectionReuse: false,
      noVUConnectionReuse: false,
      thresholds: batch.thresholds,
    },
    base: batch.url,
    kinds: batch.kinds.map(({ oneway, body, clientTimeout }) => ({
      rpcUrl: `${batch.url}${rpcPath}/${oneway ? "oneway" : "twoway"}/`,
      body,
      clientTimeoutMs: clientTimeout / MILLISECOND,
    })),
    dialect: batch.dialect,
    token: batch.token,
    runTag: batch.runTag,
    firstCall: batch.firstCall,
    leadUs,
    warmUpSpacingUs: WARM_UP_SPACING,
    startsFile,
  };
}

function k6Scenario(batch: K6Batch, vus: number, leadUs: Duration): K6Scenario {
  // k6 throws away, without a word, whatever is in flight when gracefulStop ends: the slowest call must fit in.
  const clientTimeout = Math.max(...batch.kinds.map((kind) => kind.clientTimeout));
  const gracefulStop = k6Duration(clientTimeout + GRACE);
  if (batch.closed !== undefined) {
    const duration = k6Duration(leadUs + batch.closed.duration);
    return { executor: "constant-vus", exec: "closedCall", vus, duration, gracefulStop };
  }
  const iterations = batch.intendedUs.length;
  const lastUs = batch.intendedUs[iterations - 1] as Instant;
  const maxDuration = k6Duration(leadUs + lastUs + clientTimeout + BACKLOG);
  return { executor: "shared-iterations", exec: "openCall", vus, iterations, maxDuration, gracefulStop };
}

function k6Duration(duration: Duration): string {
  return `${Math.ceil(duration / MILLISECOND)}ms`;
}

/** Text of the list of starts: one line a call, `<intended us> <kind> <device id>`; without the instant when closed. */
export function startLines(batch: K6Batch): string {
  const { closed, deviceIds, intendedUs, targets, kindOf } = batch;
  const lines = Array.from(targets, (device, i) => {
    const call = `${kindOf[i]} ${deviceIds[device]}`;
    return closed === undefined ? `${intendedUs[i]} ${call}` : call;
  });
  return lines.join("\n");
}

/** Beyond this k6 needs more than a gigabyte and its own start-up takes longer than most runs. */
const MOST_VUS = 6_000;
const SPARE_VUS = 10;

export interface VuDemand {
  readonly ratePerSecond: number;
  /** Calls in flight on average: rate times the mean time a call takes. */
  readonly expectedInFlight: number;
  readonly clientTimeout: Duration;
}

/**
 * VUs for an open batch. A VU holds one call, and calls in flight are Poisson distributed: six standard deviations above the
 * mean are not reached in any run. The mean itself cannot exceed rate times client timeout; a tenth is added for unevenness. Too few VUs make calls start late, which the report shows as send lag.
 */
export function sizeVus({ ratePerSecond, expectedInFlight, clientTimeout }: VuDemand): number | K6Problem {
  const mean = Math.min(expectedInFlight, (ratePerSecond * clientTimeout * 1.1) / SECOND);
  const vus = Math.ceil(mean + 6 * Math.sqrt(mean) + SPARE_VUS);
  if (vus <= MOST_VUS) return vus;
  return {
    where: "workload.rate",
    expected: `at most ${MOST_VUS} calls in flight with k6; lower the rate, the devices' latency or the timeout`,
    got: `${vus} (${ratePerSecond}/s, ${Math.round(mean)} in flight on average)`,
  };
}
