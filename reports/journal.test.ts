import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { createLedgerColumns, growColumns, type LedgerColumns } from "../protocol/call-records.ts";
import { fixtureRecord } from "./fixture.ts";
import { type JournalFiles, readJournal, writeJournal } from "./journal.ts";
import { joinLedger } from "./ledger-join.ts";
import { UnreadableRun } from "./unreadable-run.ts";

const PATHS = { journal: "run/journal.arrow", extraRequests: "run/extra-requests.arrow" };

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

function read(files: JournalFiles) {
  const journal = readJournal(files, PATHS);
  if (journal instanceof UnreadableRun) throw journal;
  return journal;
}

describe("journal", () => {
  const { calls, ledger } = fixtureRecord({ timeoutEvery: 50, dropEvery: 70 });

  it("keeps every Call and every request, NaN and all", () => {
    const journal = read(writeJournal(calls, ledger));
    expect(journal.calls).toEqual(calls);
    expect(journal.ledger.length).toBe(ledger.length);
    expect(journal.ledger.programmedUs).toEqual(ledger.programmedUs.subarray(0, ledger.length));
    expect(journal.ledger.repliedUs).toEqual(ledger.repliedUs.subarray(0, ledger.length));
  });

  it("writes the same bytes when read and written again, with extra requests too", () => {
    const files = writeJournal(calls, withExtras(ledger));
    const journal = read(files);
    expect(writeJournal(journal.calls, journal.ledger)).toEqual(files);
  });

  it("counts foreign and repeated requests and keeps their rows", () => {
    const files = writeJournal(calls, withExtras(ledger));
    const metadata = tableFromIPC(files.journal).schema.metadata;
    expect([metadata.get("foreignRequests"), metadata.get("repeatedRequests")]).toEqual(["2", "1"]);
    const journal = read(files);
    expect([...journal.ledger.call].slice(-3)).toEqual([-1, 0, 1]);
    expect(joinLedger(journal.calls, journal.ledger)).toMatchObject({ foreign: 2, repeated: 1 });
  });

  it("has one row per Call, with the device's times beside the caller's", () => {
    const table = tableFromIPC(writeJournal(calls, ledger).journal);
    expect(table.numRows).toBe(calls.length);
    expect(table.schema.fields.map(({ name }) => name)).toEqual([
      ...["intendedUs", "sentUs", "settledUs", "outcome", "status", "device", "step", "mismatched", "kind", "retryOf"],
      ...["deviceReceivedUs", "deviceProgrammedUs", "deviceRepliedUs", "faults", "cohort"],
    ]);
    expect(table.getChild("deviceReceivedUs")?.get(0)).toBe(ledger.receivedUs[0]);
    expect(table.getChild("deviceReceivedUs")?.get(69)).toBeNaN();
  });

  it("writes a run without Calls", () => {
    const empty = fixtureRecord({ rates: [] });
    const files = writeJournal(empty.calls, createLedgerColumns(0));
    expect(files.extraRequests).toBeUndefined();
    expect(read(files).calls.length).toBe(0);
  });
});

describe("a journal that cannot be read", () => {
  const { calls, ledger } = fixtureRecord();
  const files = writeJournal(calls, withExtras(ledger));
  const cases: [string, JournalFiles, string][] = [
    ["empty", { ...files, journal: new Uint8Array(0) }, "names no schema"],
    [
      "truncated at the end",
      { ...files, journal: files.journal.subarray(0, files.journal.length - 20) },
      "damaged or truncated",
    ],
    ["truncated early", { ...files, journal: files.journal.subarray(0, 300) }, "damaged or truncated"],
    ["garbage", { ...files, journal: new TextEncoder().encode("this is not an Arrow file") }, "damaged"],
    [
      "of another schema",
      { ...files, journal: files.extraRequests ?? new Uint8Array(0) },
      "found rpcfleet.extra-requests/2",
    ],
    ["missing its second file", { ...files, extraRequests: undefined }, "the 3 requests that the journal counts"],
  ];

  it.each(cases)("that is %s is an UnreadableRun", (_, broken, message) => {
    const result = readJournal(broken, PATHS);
    expect(result).toBeInstanceOf(UnreadableRun);
    expect(String(result)).toContain(message);
    expect(String(result)).toContain("run/");
  });
});
