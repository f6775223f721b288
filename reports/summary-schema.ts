/** The published shape of `summary.json`, and the one place that says what a Summary is. */
import { z } from "zod";
import { CLIENT_OUTCOMES } from "../protocol/client-call-records.ts";
import { OUTCOMES } from "../protocol/outcome.ts";
import { STAGES } from "./stages.ts";

export const SUMMARY_SCHEMA = "rpcfleet.summary/1";

const count = z.int().nonnegative();
const us = z.int().nonnegative();
const percentile = us.nullable().describe("Microseconds; null when n cannot support this percentile.");
const exact = us.nullable().describe("Microseconds; null when there is no sample.");

const distribution = z.object({
  n: count,
  min: exact,
  p50: percentile,
  p90: percentile,
  p95: percentile,
  p99: percentile,
  p999: percentile,
  max: exact,
  mean: exact,
});

const unit = z.enum(["us", "count", "share", "per_s", "health"]);

const healthRow = z.object({
  name: z.string(),
  unit,
  value: z.number().nullable().describe("null when there was nothing to measure."),
  limit: z.number(),
  /** Which side of the limit is good. */
  rule: z.enum(["at_most", "at_least"]),
  verdict: z.enum(["healthy", "suspect", "invalid"]),
  detail: z.string().optional().describe("The figures around the one that is judged, in words."),
});

const gate = z.object({
  text: z.string().describe("As its author wrote it."),
  unit,
  observed: z.number().nullable(),
  observedText: z.string(),
  low: z
    .number()
    .nullable()
    .describe("What the figure may as well be, with 95 % confidence; observed itself when it is a plain fact."),
  high: z.number().nullable(),
  limit: z.number().nullable(),
  limitText: z.string(),
  margin: z
    .number()
    .nullable()
    .describe("Room left as a share of the limit; negative beyond it; null when the limit is 0."),
  verdict: z
    .enum(["pass", "fail", "unclear", "invalid"])
    .describe("unclear: the figure is not sure enough to tell; invalid: the run cannot answer."),
  reason: z.string(),
});

const step = z.object({
  index: count,
  rate: z.number().nullable().describe("Calls offered per second; null in a closed workload."),
  startS: z.number(),
  durationS: z.number(),
  planned: count,
  ok: count,
  achievedPerS: z.number(),
  p50: percentile.describe("Of the response time, with timed-out Calls at the time they waited."),
  p99: percentile.describe("Of the response time, with timed-out Calls at the time they waited."),
  holds: z.boolean(),
  reason: z
    .enum(["achieved", "latency", "generator", "not_run"])
    .nullable()
    .describe(
      "Why it does not hold: too few ok answers, p99 beyond its limit, or the load generator could not keep up.",
    ),
});

const knee = z.object({
  minOkShare: z.number(),
  maxP99Us: us,
  step: count
    .nullable()
    .describe("Highest step that holds, with every step before it; null when the first does not hold."),
  rate: z.number().nullable(),
  achievedPerS: z.number().nullable(),
  limitedBy: z
    .enum(["achieved", "latency", "generator"])
    .nullable()
    .describe("What the next step broke at; null when every step held, and the knee lies beyond the offered load."),
});

/** Zod schema of a machine and what runs on it. */
export const machineSchema = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryMiB: z.number(),
  platform: z.string(),
  node: z.string(),
  rpcfleet: z.string(),
});

const host = machineSchema.extend({ k6: z.string().nullable() });

const countsOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, count])) as Record<Name, typeof count>;

/** Zod schema of the devices' own calls: the same figures in `run.json` and in `summary.json`. */
export const clientCallsSchema = z.object({
  planned: count,
  counts: z.object(countsOf(CLIENT_OUTCOMES)).describe("By outcome, as the devices saw it; they add up to planned."),
  responseTimeUs: distribution.describe("Answered calls, from the intended start."),
  serviceTimeUs: distribution.describe("Answered calls, from the actual send."),
  sendLagUs: distribution.describe("Every call that was sent: actual send less intended start."),
});

/** Zod schema of the devices' telemetry: the same figures in `run.json` and in `summary.json`. */
export const telemetrySchema = z
  .object({ sent: count, refused: count.describe("The device had no connection to carry it.") })
  .describe("Messages of measurements beside the RPC; only in runs that had any.");

const byStage = <Value extends z.ZodType>(value: Value) =>
  z.object(Object.fromEntries(STAGES.map((name) => [name, value])) as Record<(typeof STAGES)[number], Value>);

const stageGroup = z.object({
  name: z
    .enum(["median", "p99", "timeouts"])
    .describe("Answered Calls of the middle tenth, of the hundredth round p99, and the Calls that timed out."),
  n: count,
  fromUs: exact.describe("Shortest response time of the group; null for timeouts."),
  toUs: exact,
  responseTimeUs: us.describe("Mean response time of the group's Calls."),
  meanUs: byStage(us).describe("Mean time of its Calls in each stage; they add up to the mean response time."),
});

const stages = z.object({
  spread: byStage(z.object({ p50: percentile, p99: percentile })).describe(
    "Of the answered Calls, each stage by itself.",
  ),
  groups: z.array(stageGroup).describe("Only those with enough Calls."),
});

const certainty = z.union([
  z.object({
    lowUs: us,
    highUs: us,
    method: z
      .enum(["rank", "blocks"])
      .describe("rank: samples pass for independent; blocks: stretches were drawn again."),
    blockS: z.number(),
    effectiveN: count.describe("Independent samples that would know as much."),
  }),
  z.object({
    refused: z.enum(["no samples", "too few samples", "too short", "correlated"]),
    neededN: count.nullable().describe("About how many samples a run needs at this rate."),
  }),
]);

const uncertainty = z
  .object({ p50: certainty, p90: certainty, p95: certainty, p99: certainty, p999: certainty })
  .describe("95 % interval of each percentile of the response time.");

const steadiness = z.object({
  warmUpS: z.number(),
  verdict: z.enum(["steady", "no steady state", "too short"]),
  reason: z.string(),
});

/** Zod schema of a Summary. All durations are whole microseconds unless the name says otherwise. */
export const summarySchema = z.object({
  schema: z.literal(SUMMARY_SCHEMA),
  scenario: z.string(),
  engine: z.enum(["native", "k6"]),
  seed: z.string(),
  target: z.string(),
  command: z.string(),
  host,
  window: z.object({ startedAt: z.string(), durationS: z.number() }),
  interrupted: z.boolean(),
  verdict: z.enum(["pass", "fail", "unclear", "invalid"]),
  reasons: z.array(z.string()),
  timeoutUs: us,
  counts: z.object({ planned: count, sent: count, ...countsOf(OUTCOMES) }),
  accounting: z.object({
    balanced: z.boolean(),
    sum: count.describe("Sum of all outcomes; must equal counts.planned."),
  }),
  strays: z.object({ late: count, duplicate: count, unknown: count, source: z.enum(["server", "ledgers"]) }),
  requests: z.object({ received: count, foreign: count, repeated: count }),
  violations: z.object({
    replyIntegrity: count,
    /** Faults that make devices answer with another call's reply: then it is no server's. */
    provokedBy: z.array(z.string()),
  }),
  responseTimeUs: distribution,
  responseTimeAllUs: distribution,
  serviceTimeUs: distribution,
  sendLagUs: distribution,
  overheadUs: distribution,
  deviceTimeUs: distribution,
  replyLagUs: distribution,
  uncertainty,
  steadiness: steadiness.nullable().describe("Of the response time; null for a workload of several steps."),
  throughput: z.object({ offeredPerS: z.number(), achievedPerS: z.number() }),
  steps: z.array(step),
  knee: knee.nullable(),
  fleet: z.object({
    devices: count,
    connected: count,
    connectMs: z.number(),
    lostConnections: count,
    reconnects: count.describe("Connections made after a device's first."),
    refusedConnections: count.describe("Attempts to connect that came to no CONNACK."),
    awayAtEnd: count.describe("Devices without a connection when the run was over."),
    faults: z.array(z.object({ name: z.string(), matched: count, fired: count })),
    telemetry: telemetrySchema.optional(),
  }),
  events: z
    .array(z.object({ at: z.number(), label: z.string() }))
    .describe("What happened during the run, such as faults that began."),
  clientCalls: clientCallsSchema.optional().describe("Calls the devices made themselves; only in runs that had any."),
  stages: stages
    .nullable()
    .optional()
    .describe(
      "Where the time of a Call went, from the intended start to the answer; null when the server is not ours.",
    ),
  health: z.object({ verdict: z.enum(["healthy", "suspect", "invalid"]), rows: z.array(healthRow) }),
  gates: z.array(gate),
});

export type Summary = z.infer<typeof summarySchema>;
export type ClientCalls = z.infer<typeof clientCallsSchema>;
export type Distribution = z.infer<typeof distribution>;
export type GateResult = z.infer<typeof gate>;
export type Health = z.infer<typeof summarySchema>["health"];
export type HealthRow = z.infer<typeof healthRow>;
export type StepSummary = z.infer<typeof step>;
export type Certainty = z.infer<typeof certainty>;
export type Uncertainty = z.infer<typeof uncertainty>;
export type SteadinessSummary = z.infer<typeof steadiness>;
export type StageSummary = z.infer<typeof stages>;
export type StageGroup = z.infer<typeof stageGroup>;
export type Knee = z.infer<typeof knee>;
export type Unit = z.infer<typeof unit>;
/** A Summary before it is judged: what gates and the verdict are computed from. */
export type Figures = Omit<Summary, "gates" | "verdict" | "reasons">;

/** The published JSON Schema of `summary.json` (draft 2020-12). */
export function summaryJsonSchema(): object {
  return z.toJSONSchema(summarySchema, { target: "draft-2020-12" });
}
