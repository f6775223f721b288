/** `run.json`: what of a run is not in its journal, and back. `undefined` is written as null, since JSON has no word for it. */
import { z } from "zod";
import { DIALECT_NAMES } from "../protocol/dialect.ts";
import { baselineSchema } from "./baseline.ts";
import type { RunFacts, RunTotals } from "./run-record.ts";
import { clientCallsSchema, machineSchema, telemetrySchema } from "./summary-schema.ts";

const RUN_SCHEMA = "rpcfleet.run/2";

const maybe = <T extends z.ZodType>(type: T) => type.nullable().transform((value) => value ?? undefined);
const count = z.int().nonnegative();

const facts = z.object({
  scenario: z.string(),
  description: z.string(),
  engine: z.enum(["native", "k6"]),
  seed: z.string(),
  target: z.string(),
  embedded: z.boolean(),
  dialect: z.enum(DIALECT_NAMES),
  host: machineSchema.extend({ k6: maybe(z.string()) }),
  startedAt: z.string(),
  command: z.string(),
  settings: z.array(z.tuple([z.string(), z.string()])),
  workload: z.enum(["open", "closed"]),
  arrivals: maybe(z.enum(["poisson", "constant"])),
  steps: z.array(z.object({ rate: maybe(z.number()), start: z.number(), duration: z.number() })),
  knee: maybe(z.object({ minOkShare: z.number(), maxP99: z.number() })),
  timeout: z.number(),
  faults: z.array(z.array(z.string())),
  replyMixers: z.array(z.string()),
  gates: z.array(z.string()),
  baseline: baselineSchema.nullish().transform((value) => value ?? undefined),
  kinds: z
    .array(
      z.object({
        name: z.string(),
        method: z.string(),
        type: z.enum(["two-way", "one-way", "persistent two-way", "persistent one-way"]),
        timeout: z.number(),
      }),
    )
    .default([]),
});

const list = z.array(z.number());

const vitals = z.object({
  slotS: count,
  threads: z.array(
    z.object({ name: z.string(), busyMean: list, busyMax: list, gcPauses: list, gcSumUs: list, gcMaxUs: list }),
  ),
  machine: z.object({ stealShare: maybe(list), busyShare: maybe(list), throttledUs: maybe(list), processCores: list }),
});

const totals = z.object({
  fleet: z.object({
    devices: count,
    connected: count,
    connectMs: z.number(),
    lostConnections: count,
    // Runs from before these were counted do not have them.
    reconnects: count.default(0),
    refusedConnections: count.default(0),
    awayAtEnd: count.default(0),
    faults: z.array(z.object({ name: z.string(), matched: count, fired: count })),
    telemetry: telemetrySchema.nullish().transform((value) => value ?? undefined),
  }),
  strays: maybe(z.object({ late: count, duplicate: count, unknown: count })),
  serverCalls: z
    .object({ matched: count, unmatched: count })
    .nullish()
    .transform((value) => value ?? undefined),
  // Runs from before there were such calls do not have the member.
  clientCalls: clientCallsSchema.nullish().transform((value) => value ?? undefined),
  events: z.array(z.object({ at: z.number(), label: z.string() })),
  interrupted: z.boolean(),
  // Runs from before they were recorded do not have them.
  vitals: vitals.nullish().transform((value) => value ?? undefined),
});

const runFile = z.object({ schema: z.literal(RUN_SCHEMA), facts, totals });

export interface RunFile {
  readonly facts: RunFacts;
  readonly totals: RunTotals;
}

/** The text of `run.json`. */
export function encodeRunFile(run: RunFile): string {
  const content = { schema: RUN_SCHEMA, facts: run.facts, totals: run.totals };
  return `${JSON.stringify(content, (_, value: unknown) => (value === undefined ? null : value), 2)}\n`;
}

/** What `encodeRunFile` wrote, or one sentence about every member that is missing or wrong. */
export function decodeRunFile(text: string): RunFile | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "text that is no JSON (damaged or truncated)" };
  }
  const parsed = runFile.safeParse(json);
  if (parsed.success) return { facts: parsed.data.facts, totals: parsed.data.totals };
  return { problem: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ") };
}

/** The published JSON Schema of `run.json` (draft 2020-12), as it is written. */
export function runJsonSchema(): object {
  return z.toJSONSchema(runFile, { target: "draft-2020-12", io: "input" });
}
