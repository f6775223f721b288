/** The published JSON Schemas, as a reader of our files uses them: without our code, from their text alone. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fixtureRecord } from "./fixture.ts";
import { encodeRunFile, runJsonSchema } from "./run-file.ts";
import { summarize } from "./summary.ts";
import { summaryJsonSchema } from "./summary-schema.ts";

const reader = (schema: object): z.ZodType => z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));
const records = [
  fixtureRecord({ timeoutEvery: 9, gates: ["p99(rtt) < 1s", "no gate"] }),
  fixtureRecord({ rates: [50, 100], knee: { minOkShare: 0.9, maxP99: 9_000 } }),
  fixtureRecord({ rates: [], totals: { interrupted: true, strays: undefined } }),
];

describe("the schema of summary.json", () => {
  const schema = reader(summaryJsonSchema());
  it("takes every summary", () => {
    for (const record of records) schema.parse(JSON.parse(JSON.stringify(summarize(record))));
  });

  it.each([
    ["without a verdict", (summary: Record<string, unknown>) => ({ ...summary, verdict: undefined })],
    ["with a verdict that is none", (summary: Record<string, unknown>) => ({ ...summary, verdict: "fine" })],
    ["of another version", (summary: Record<string, unknown>) => ({ ...summary, schema: "rpcfleet.summary/0" })],
    [
      "with half a call",
      (summary: Record<string, unknown>) => ({ ...summary, counts: { ...(summary.counts as object), ok: 0.5 } }),
    ],
  ])("refuses one %s", (_, damage) => {
    const [record] = records;
    const summary = JSON.parse(JSON.stringify(damage(summarize(record as (typeof records)[0]) as never)));
    expect(schema.safeParse(summary).success).toBe(false);
  });
});

it("the schema of run.json takes what is written", () => {
  const schema = reader(runJsonSchema());
  for (const record of records) schema.parse(JSON.parse(encodeRunFile(record)));
  expect(schema.safeParse({ schema: "rpcfleet.run/2" }).success).toBe(false);
});
