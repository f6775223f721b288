import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Table, tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createLedgerColumns, growColumns, type LedgerColumns } from "../protocol/call-records.ts";
import { SECOND } from "../protocol/time.ts";
import { fixtureRun, recordOf } from "./fixture.ts";
import { joinCalls } from "./join-calls.ts";
import { BATCH_ROWS, type CallSource, createJoinedCalls, type JoinedCalls } from "./joined-calls.ts";
import { type Journal, readJournal, writeJournal } from "./journal.ts";
import { UnreadableRun } from "./unreadable-run.ts";

const directory = mkdtempSync(join(tmpdir(), "rpcfleet-journal-"));
afterAll(() => rmSync(directory, { recursive: true }));
const PATHS = { journal: join(directory, "journal.arrow"), extraRequests: join(directory, "extra-requests.arrow") };

/** The ledger with a request that is no Call's, one for another device's Call, and a repeated one behind it. */
function withExtras(ledger: LedgerColumns): LedgerColumns {
  const grown = growColumns(ledger, ledger.call.length + 3);
  for (const [call, device] of [
    [-1, 3],
    [0, 9],
    [1, 1],
  ] as const) {
    const row = grown.length;
    grown.length += 1;
    grown.call[row] = call;
    grown.device[row] = device;
    grown.receivedUs[row] = 1_000 + row;
    grown.programmedUs[row] = 5_000;
  }
  return grown;
}

function reread(journal: Journal): Journal {
  writeJournal(journal, PATHS);
  const back = readJournal(PATHS);
  if (back instanceof UnreadableRun) throw back;
  return back;
}

const sourceOf = (...batches: JoinedCalls[]): CallSource => ({
  length: batches.reduce((sum, batch) => sum + batch.length, 0),
  batches: () => batches,
});
const onlyCalls = (calls: CallSource): Journal => ({ calls, extra: createLedgerColumns(0) });
const tableOf = (path: string): Table => tableFromIPC(readFileSync(path));

const INSTANTS = [
  ...["sentUs", "settledUs", "deviceReceivedUs", "deviceProgrammedUs", "deviceRepliedUs"],
  ...["serverAcceptUs", "serverDispatchUs", "serverSettleUs"],
] as const;
const NUMBERS = { outcome: 255, status: 65_535, device: 2 ** 32 - 1, step: 65_535, mismatched: 1, kind: 255 } as const;
const MORE_NUMBERS = { faults: 2 ** 32 - 1, cohort: 65_535 } as const;

/** A batch of any values: instants near each other, hours apart, before the start, not whole, or missing. */
const anyBatch = fc
  .record({
    rows: fc.integer({ min: 0, max: 40 }),
    seed: fc.integer(),
    reach: fc.constantFrom(1_000, 40 * SECOND, 2 ** 31 - 1, 2 ** 31, 9 * 3_600 * SECOND),
    isWhole: fc.boolean(),
  })
  .map(({ rows, seed, reach, isWhole }) => {
    const batch = createJoinedCalls(0, rows);
    const [draw] = fc.sample(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), { numRuns: 1, seed });
    const next = (): number => (draw as IterableIterator<number>).next().value as number;
    const whole = (value: number): number => (isWhole ? Math.floor(value) + 0 : value);
    for (let row = 0; row < rows; row += 1) {
      batch.intendedUs[row] = whole(next() * 1e11);
      batch.retryOf[row] = Math.floor(next() * 2 ** 31) - 1;
      for (const [name, most] of Object.entries({ ...NUMBERS, ...MORE_NUMBERS }))
        batch[name as keyof typeof NUMBERS][row] = Math.floor(next() * (most + 1));
      for (const name of INSTANTS) {
        const after = whole((next() * 2 - 1) * reach);
        const base = name === "deviceProgrammedUs" ? 0 : (batch.intendedUs[row] as number);
        (batch as unknown as Record<string, Float64Array>)[name]?.fill(
          next() < 0.2 ? Number.NaN : base + after,
          row,
          row + 1,
        );
      }
    }
    return batch;
  });

describe("journal", () => {
  it("gives back every Call as it was, to the last bit, whatever its instants", () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const back = [...reread(onlyCalls(sourceOf(batch))).calls.batches()];
        expect(back).toEqual(batch.length === 0 ? [] : [batch]);
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  it("is read again from its beginning, a batch of 65,536 Calls at a time", () => {
    const run = fixtureRun({ rates: [14_000], timeoutEvery: 50, dropEvery: 70, server: true });
    const { calls, extra } = joinCalls(run);
    const back = reread({ calls, extra });
    expect([...back.calls.batches()].map(({ first, length }) => [first, length])).toEqual([
      [0, BATCH_ROWS],
      [BATCH_ROWS, BATCH_ROWS],
      [2 * BATCH_ROWS, 140_000 - 2 * BATCH_ROWS],
    ]);
    // Compared as bytes: element by element it would take seconds.
    const bytesOf = (source: CallSource): Buffer[] =>
      [...source.batches()].flatMap((batch) =>
        Object.entries(batch)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .flatMap(([, column]) =>
            ArrayBuffer.isView(column) ? [Buffer.from(column.buffer, column.byteOffset, column.byteLength)] : [],
          ),
      );
    const expected = bytesOf(calls);
    expect(bytesOf(back.calls).map((column, index) => column.equals(expected[index] as Buffer))).toEqual(
      expected.map(() => true),
    );
  });

  it("takes less than 64 bytes a Call, and more only where 32 bits do not hold an instant", () => {
    const run = fixtureRun({ rates: [14_000], timeoutEvery: 50, server: true });
    writeJournal(joinCalls(run), PATHS);
    const bytes = (): number => readFileSync(PATHS.journal).length;
    expect(bytes() / run.calls.length).toBeLessThan(64);
    run.calls.settledUs[5] = 3_000 * SECOND;
    writeJournal(joinCalls(run), PATHS);
    expect(bytes() / run.calls.length).toBeGreaterThan(64);
    expect(tableOf(PATHS.journal).getChild("settledUs")?.get(5)).toBe(3_000 * SECOND);
  });

  it("keeps foreign and repeated requests in a file of their own", () => {
    const run = fixtureRun();
    const { calls, extra } = reread(joinCalls({ ...run, ledger: withExtras(run.ledger) }));
    expect(calls.length).toBe(1_000);
    expect([...extra.call.subarray(0, extra.length)]).toEqual([-1, 0, 1]);
    expect(tableOf(PATHS.journal).schema.metadata.get("extraRequests")).toBe("3");
  });

  it("is a table with one row per Call for whoever reads Arrow files", () => {
    const run = fixtureRun({ dropEvery: 70, server: true });
    writeJournal(joinCalls(run), PATHS);
    const table = tableOf(PATHS.journal);
    expect(table.numRows).toBe(1_000);
    expect(table.schema.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      ...[
        "intendedUs: Float64",
        "outcome: Uint8",
        "status: Uint16",
        "device: Uint32",
        "step: Uint16",
        "mismatched: Uint8",
      ],
      ...[
        "kind: Uint8",
        "retryOf: Int32",
        "faults: Uint32",
        "cohort: Uint16",
        "sentAfterUs: Int32",
        "settledAfterUs: Int32",
      ],
      ...["deviceReceivedAfterUs: Int32", "deviceProgrammedUs: Int32", "deviceRepliedAfterUs: Int32"],
      ...["serverAcceptAfterUs: Int32", "serverDispatchAfterUs: Int32", "serverSettleAfterUs: Int32"],
    ]);
    const received = table.getChild("deviceReceivedAfterUs");
    expect(received?.get(0)).toBe((run.ledger.receivedUs[0] as number) - (run.calls.intendedUs[0] as number));
    expect(received?.get(69)).toBeNull();
  });

  it("writes a run without Calls", () => {
    const back = reread(recordOf(fixtureRun({ rates: [] })));
    expect([back.calls.length, [...back.calls.batches()], back.extra.length]).toEqual([0, [], 0]);
  });
});

describe("a journal that cannot be read", () => {
  const run = fixtureRun();
  writeJournal(joinCalls({ ...run, ledger: withExtras(run.ledger) }), PATHS);
  const journal = readFileSync(PATHS.journal);
  const extraRequests = readFileSync(PATHS.extraRequests);
  const renamed = (from: string, to: string): Buffer =>
    Buffer.from(journal.toString("latin1").replaceAll(from, to), "latin1");
  const cases: [string, { journal?: Buffer; extraRequests?: Buffer }, string][] = [
    ["empty", { journal: Buffer.alloc(0), extraRequests }, "damaged or truncated"],
    [
      "truncated at the end",
      { journal: journal.subarray(0, journal.length - 20), extraRequests },
      "damaged or truncated",
    ],
    ["truncated early", { journal: journal.subarray(0, 300), extraRequests }, "damaged or truncated"],
    ["garbage", { journal: Buffer.from("this is not an Arrow file"), extraRequests }, "damaged or truncated"],
    [
      "without a batch that it had",
      { journal: renamed("1000", "1001"), extraRequests },
      "expected 1001 calls, found 1000",
    ],
    [
      "of an older schema",
      { journal: renamed("rpcfleet.journal/3", "rpcfleet.journal/2"), extraRequests },
      "expected an Arrow file of schema rpcfleet.journal/3, found rpcfleet.journal/2",
    ],
    [
      "without a column",
      { journal: renamed("deviceRepliedAfterUs", "deviceRepliedAfterMs"), extraRequests },
      '"deviceRepliedUs"',
    ],
    ["of another schema", { journal: extraRequests, extraRequests }, "found rpcfleet.extra-requests/2"],
    ["missing", { extraRequests }, "no file"],
    ["missing its second file", { journal }, "the 3 requests that the journal counts"],
    ["with half a second file", { journal, extraRequests: extraRequests.subarray(0, 400) }, "damaged or truncated"],
  ];

  it.each(cases)("that is %s is an UnreadableRun", (_, files, message) => {
    for (const name of ["journal", "extraRequests"] as const) {
      rmSync(PATHS[name], { force: true });
      if (files[name] !== undefined) writeFileSync(PATHS[name], files[name]);
    }
    const result = readJournal(PATHS);
    expect(result).toBeInstanceOf(UnreadableRun);
    expect(String(result)).toContain(message);
    expect(String(result)).toContain(directory);
  });

  it("says so when it is damaged while it is read", () => {
    writeFileSync(PATHS.journal, journal);
    writeFileSync(PATHS.extraRequests, extraRequests);
    const opened = readJournal(PATHS);
    if (opened instanceof UnreadableRun) throw opened;
    writeFileSync(PATHS.journal, journal.subarray(0, 3_000));
    expect(() => [...opened.calls.batches()]).toThrow(UnreadableRun);
  });
});
