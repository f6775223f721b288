import { expect, it } from "vitest";
import { callLines } from "./call-lines.ts";
import { fixtureRun, recordOf } from "./fixture.ts";

it("has a heading, and a line for every Call with names and instants, empty where there is nothing", () => {
  const run = fixtureRun({ rates: [1], timeoutEvery: 3, dropEvery: 4, server: true, facts: { faults: [["a, b"]] } });
  const { calls, ledger, server } = run;
  const lines = [...callLines(recordOf(run))];
  expect(lines).toHaveLength(11);
  const rows = lines.map((line) => line.split(","));
  const heading = rows[0] ?? [];
  const cell = (call: number, name: string): string | undefined => rows[call + 1]?.[heading.indexOf(name)];
  expect(["call", "outcome", "status", "intended_us", "sent_us"].map((name) => cell(0, name))).toEqual([
    ...["0", "ok", "200", `${calls.intendedUs[0]}`, `${calls.sentUs[0]}`],
  ]);
  expect(cell(0, "device_replied_us")).toBe(`${ledger.repliedUs[0]}`);
  expect(cell(0, "server_accept_us")).toBe(`${server?.acceptUs[0]}`);
  expect([cell(2, "outcome"), cell(2, "device_replied_us"), lines[3]?.endsWith(',0,"a, b"')]).toEqual([
    "timeout",
    "",
    true,
  ]);
  expect(lines[4]).toBe(`3,0,,0,3,dropped,0,0,${calls.intendedUs[3]},,,,,,,,,,`);
});
