import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { readHistory } from "./history.ts";
import { summarize } from "./summary.ts";

let runs = "";
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), "rpcfleet-history-"));
});
afterEach(() => rmSync(runs, { recursive: true }));

const summary = summarize(fixtureRecord({ gates: ["p99(rtt) < 1s"] }));
const startedOn = (day: number): string => `2026-01-${String(day).padStart(2, "0")}T00:00:00.000Z`;

function add(name: string, content: unknown): void {
  mkdirSync(join(runs, name));
  writeFileSync(join(runs, name, "summary.json"), typeof content === "string" ? content : JSON.stringify(content));
}

it("finds the earlier runs of the same scenario, the earliest first, and no more than twenty", () => {
  for (let day = 25; day > 0; day -= 1) {
    add(`day${day}-two-way-latency-7`, { ...summary, window: { ...summary.window, startedAt: startedOn(day) } });
  }
  const now = { ...summary, window: { ...summary.window, startedAt: startedOn(24) } };
  const found = readHistory(join(runs, "day24-two-way-latency-7"), now);
  expect(found.map(({ startedAt }) => startedAt)).toEqual(
    Array.from({ length: 20 }, (_, index) => startedOn(index + 4)),
  );
  expect(found[0]?.gates.map(({ text }) => text)).toEqual(["p99(rtt) < 1s"]);
});

it("passes over what is no summary, another scenario, or not there", () => {
  const earlier = { ...summary, window: { ...summary.window, startedAt: startedOn(1) } };
  add("a-two-way-latency-7", "{");
  add("b-two-way-latency-7", { schema: "another" });
  add("c-two-way-latency-other-7", { ...earlier, scenario: "two-way-latency-other" });
  mkdirSync(join(runs, "d-two-way-latency-7"));
  expect(readHistory(join(runs, "now"), summary)).toEqual([]);
  expect(readHistory(join(runs, "nowhere", "now"), summary)).toEqual([]);
});
