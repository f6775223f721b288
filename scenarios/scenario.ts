/**
 * A Scenario: what to run, as data. Authors write it with durations as text (`10s`); `checkScenario` turns it into a total
 * value, every default filled in and every duration in whole microseconds, or reports every problem it has.
 *
 * Latency, fault and gate texts are only required to be there: their grammars belong to the parts that carry them out.
 */
import { z } from "zod";
import { DIALECT_NAMES } from "../protocol/dialect.ts";
import { NONCE_KEY } from "../protocol/nonce.ts";
import { parseDuration } from "../protocol/time.ts";
import { type Problem, problemsOf } from "./problem.ts";

const DURATION_TEXT = "a duration with its unit, such as 250ms, 10s or 2m";

/** Text such as `10s`, read as whole microseconds; zero is refused unless `zeroAllowed`. */
function duration(meaning: string, zeroAllowed = false) {
  return z
    .string({ error: DURATION_TEXT })
    .refine(
      (text) => {
        const parsed = parseDuration(text);
        return parsed !== undefined && (zeroAllowed || parsed > 0);
      },
      { error: zeroAllowed ? DURATION_TEXT : `${DURATION_TEXT}, more than zero` },
    )
    .transform((text) => parseDuration(text) as number)
    .describe(`${meaning} A duration such as 250ms, 10s or 2m.`);
}

const text = (meaning: string) => z.string().trim().min(1).describe(meaning);
/** Members that exclude each other are told of beside other problems as well. */
const when = ({ value }: { value: unknown }): boolean => typeof value === "object" && value !== null;
const arrivals = z.enum(["poisson", "constant"]).default("poisson").describe("How the intended starts are spaced.");

const cohortSchema = z.strictObject({
  name: text("Name of the group."),
  weight: z.int().min(1).max(1_000_000).default(1).describe("Share of the fleet, relative to the other cohorts."),
  persona: text("A named bundle of what follows, such as cellular; see rpcfleet personas.").optional(),
  latency: text("How long a device takes to answer, such as lognormal(p50=40ms, p99=400ms).").default(
    "lognormal(p50=40ms, p99=400ms)",
  ),
  faults: z
    .array(text("A fault such as drop(p=1%)."))

    .default([])
    .describe("What goes wrong, judged in this order."),
  reconnect: text(
    "What a device does when its connection is lost, such as fixed(1s) or jitter(first=1s, cap=1m).",
  ).default("fixed(1s)"),
  behaviour: text("A TypeScript file that exports behaviour, named from the working directory.").optional(),
  transport: text(
    "How the devices speak to the server, such as mqtt(version=5), mqtts, ws, http, coap or gateway(children=50).",
  ).default("mqtt"),
});

const clientCallsSchema = z.strictObject({
  rate: z.number().positive().max(1_000_000).describe("Calls per second of the whole fleet, as a Poisson process."),
  method: text("RPC method the server is asked for.").default("getCurrentTime"),
  params: z.json().default({}).describe("JSON sent with every call."),
  timeout: duration("How long a device waits for the answer.").prefault("10s"),
});

const telemetrySchema = z.strictObject({
  rate: z
    .number()
    .positive()
    .max(1_000_000)
    .describe("Messages per second of the whole fleet, each device in its turn."),
  payload: z
    .record(z.string(), z.json())
    .default({ temperature: 21.5 })
    .describe("JSON object sent with every message."),
});

const fleetSchema = z.strictObject({
  devices: z.int().min(1).max(100_000).describe("How many virtual devices."),
  cohorts: z
    .array(cohortSchema)
    .min(1)
    .default([
      {
        name: "all",
        weight: 1,
        latency: "lognormal(p50=40ms, p99=400ms)",
        faults: [],
        reconnect: "fixed(1s)",
        transport: "mqtt",
      },
    ])
    .refine((cohorts) => new Set(cohorts.map((cohort) => cohort.name)).size === cohorts.length, {
      error: "cohorts with different names",
    })
    .describe("Groups of devices that behave alike."),
  qos: z.literal([0, 1]).default(1).describe("MQTT quality of service of the devices' subscriptions and replies."),
  connectRate: z
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe("At most so many connections are begun in a second."),
  keepAlive: duration("Keep-alive interval of the devices.").prefault("60s"),
  pingFactor: z.number().positive().max(10).default(0.5).describe("Pings come at this multiple of that interval."),
  keepSession: z.boolean().default(false).describe("MQTT: devices keep their session over a lost connection."),
  clientCalls: clientCallsSchema.optional().describe("Calls that the devices make themselves, to the server."),
  telemetry: telemetrySchema.optional().describe("Measurements that the devices send beside their RPC."),
});

const callMembers = {
  method: text("RPC method."),
  params: z
    .record(z.string(), z.json())
    .default({})
    .refine((params) => !Object.hasOwn(params, NONCE_KEY), {
      error: `params without "${NONCE_KEY}", which every call carries for rpcfleet's own checks`,
    })
    .describe("JSON object sent with every call."),
  oneway: z.boolean().default(false).describe("True: the call ends when the device has been handed the request."),
  persistent: z
    .boolean()
    .default(false)
    .describe("True: the server stores the call, and its caller asks for the record until that is final."),
  timeout: duration("How long the server waits for the device.").prefault("10s"),
  payloadBytes: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("Size of the request's body: params get a text member that fills it."),
};

const callSchema = z.strictObject(callMembers);

const kindSchema = z
  .strictObject({
    name: text("Name in reports; the method when left out.").optional(),
    weight: z.int().min(1).max(1_000_000).default(1).describe("Share of the calls, relative to the other kinds."),
    ...callMembers,
  })
  .transform((kind) => ({ ...kind, name: kind.name ?? kind.method }));

const kindsSchema = z
  .array(kindSchema)
  .min(1)
  .max(256)
  .refine((kinds) => new Set(kinds.map((kind) => kind.name)).size === kinds.length, {
    error: "calls with different names",
  })
  .describe("Several kinds of calls, drawn by weight.");

const openSchema = z
  .strictObject({
    kind: z.literal("open"),
    arrivals,
    rate: z.number().positive().max(1_000_000).optional().describe("Calls per second."),
    shape: text("A rate that changes, such as ramp(from=10, to=500), or trace(file=starts.csv).").optional(),
    duration: duration("How long calls are started."),
  })
  .refine((open) => (open.rate === undefined) !== (open.shape === undefined), { error: "either rate or shape", when });

const closedSchema = z.strictObject({
  kind: z.literal("closed"),
  callers: z.int().min(1).max(100_000).describe("Callers that call again as soon as they have been answered."),
  think: text(
    "How long a caller waits after an answer: a latency such as exponential(mean=1s). Not at all when left out.",
  ).optional(),
  duration: duration("How long calls are started."),
});

const callerSchema = z.strictObject({
  abort: text("Calls that their caller gives up, such as abort(p=1%, after=200ms).").optional(),
  retry: text("Calls that their caller repeats, such as retry(on=timeout, attempts=2, key=same).").optional(),
  pollInterval: duration("How often the record of a persistent call is asked for.").prefault("50ms"),
});

const stepsSchema = z
  .strictObject({
    kind: z.literal("steps"),
    arrivals,
    from: z.number().positive().max(1_000_000).describe("Calls per second of the first step."),
    factor: z.number().gt(1).max(100).optional().describe("Each step offers this many times the rate before it."),
    increment: z.number().positive().optional().describe("Each step offers this many calls per second more."),
    stepDuration: duration("How long each step starts calls."),
    maxSteps: z.int().min(1).max(1_000).describe("The run ends after this many steps at the latest."),
    knee: z
      .strictObject({
        minOkShare: z.number().gt(0).max(1).describe("Least share of offered calls that must be answered ok."),
        maxP99: duration("Largest p99 of the response time."),
      })
      .describe("The first step that breaks this rule ends the run."),
  })
  .refine((steps) => (steps.factor === undefined) !== (steps.increment === undefined), {
    error: "either factor or increment",
    when,
  });

const serverSchema = z.strictObject({
  minTimeout: duration("Shortest timeout it grants.").optional(),
  strategy: z
    .enum(["burst", "on_ack", "on_response"])
    .optional()
    .describe("When it hands a device its next request: at once, when it acknowledged, or when it answered."),
  quirks: z
    .array(text("A hazard of the original, such as repush-delivered."))
    .default([])
    .describe("Hazards on purpose."),
});

const issueSchema = z.strictObject({
  threads: z.array(text("Where it was reported, such as TB#1202.")).min(1),
  symptom: text("What its users saw."),
  correct: text("What a correct server does."),
});

const scenarioMembers = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: "a name in kebab-case, such as two-way-latency" })
    .describe("Name in kebab-case."),
  description: text("What the scenario shows, in a sentence."),
  dialect: z.enum(DIALECT_NAMES).default("tb-v1").describe("Manners of the server."),
  issue: issueSchema.optional().describe("The reported problem that the scenario reproduces."),
  server: serverSchema.optional().describe("Settings of the server that is started for the run."),
  fleet: fleetSchema,
  call: callSchema.optional().describe("The one kind of call there is."),
  calls: kindsSchema.optional(),
  targets: text("Which devices are called: uniform, zipf(s=1.1), roundrobin, list(0, 7) or first(100).").default(
    "uniform",
  ),
  caller: callerSchema.prefault({}).describe("What callers do beside calling."),
  workload: z.discriminatedUnion("kind", [openSchema, closedSchema, stepsSchema]),
  stall: z
    .strictObject({ at: duration("Since the start of the workload.", true), for: duration("For this long.") })
    .optional()
    .describe("The embedded server is paused."),
  gates: z.array(text("A rule such as p99(rtt) < 1s.")).default([]).describe("What must hold for the run to pass."),
});

const scenarioSchema = scenarioMembers
  .refine(({ call, calls }) => (call === undefined) !== (calls === undefined), { error: "either call or calls", when })
  .transform(({ call, calls, ...rest }) => ({
    ...rest,
    calls: calls ?? (call === undefined ? [] : [{ name: call.method, weight: 1, ...call }]),
  }));

/** A Scenario as its author writes it: durations as text, defaults left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
/** A checked Scenario: nothing is missing, durations are whole microseconds. */
export type Scenario = z.output<typeof scenarioSchema>;
export type Workload = Scenario["workload"];
/** One kind of call of a workload. */
export type CallSpec = Scenario["calls"][number];

/** Gives the author of a scenario file completion and type errors; the value is returned as it is. */
export function defineScenario(scenario: ScenarioInput): ScenarioInput {
  return scenario;
}

/**
 * The checked Scenario in `value`, or every problem it has. `where` names the source (a file, a built-in name) and is put in
 * front of each place, as in `my.yaml: workload.rate`; an empty one is left out.
 */
export function checkScenario(value: unknown, where: string): { scenario: Scenario } | { problems: Problem[] } {
  const checked = scenarioSchema.safeParse(value);
  if (checked.success) return { scenario: checked.data };
  return { problems: problemsOf(checked.error.issues, { value, schema: scenarioJsonSchema(), source: where }) };
}

/** JSON Schema of a scenario file, for completion in an editor; published as `scenario.schema.json`. */
export function scenarioJsonSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(scenarioSchema, { io: "input" }),
    title: "rpcfleet scenario",
  };
}
