/** What faults make of payloads that are not the usual object with a nonce: empty ones, lists, bytes. */
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Payload, Verdict } from "../../protocol/reaction.ts";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { parseFault } from "./parse-fault.ts";

function edited(form: string, payload: Payload): Payload {
  const fault = parseFault(form, { timeout: SECOND });
  if (isProblem(fault)) throw new Error(fault.message);
  const request = { device: 0, key: 0, ordinal: 1, method: "m", params: null, requestId: 7, at: 0 };
  const verdict = fault.judge?.(request, new RandomStream(seedFrom("7"))) as Verdict;
  const edits = verdict.kind === "several" ? verdict.verdicts : [verdict];
  return edits.reduce((bytes, each) => (each.kind === "edit" ? each.edit(bytes) : bytes), payload);
}

describe("oversize", () => {
  it.each(["{}", '{"a":1}'])("%s: as long as it says, and JSON", (payload) => {
    const blown = edited("oversize(bytes=100)", payload);
    expect(blown).toHaveLength(100);
    expect(JSON.parse(blown as string)).toMatchObject(JSON.parse(payload));
  });
  it("one that is long already stays whole", () => {
    const payload = JSON.stringify({ a: "x".repeat(50) });
    expect(JSON.parse(edited("oversize(bytes=10)", payload) as string)).toMatchObject({ a: "x".repeat(50) });
  });
});

describe("hostile_json", () => {
  it.each(["duplicate", "proto", "deep", "surrogate", "big"])("%s of an empty object is JSON", (kind) => {
    expect(() => JSON.parse(edited(`hostile_json(kind=${kind})`, "{}") as string)).not.toThrow();
  });
  it("nan is none", () => {
    expect(() => JSON.parse(edited("hostile_json(kind=nan)", "{}") as string)).toThrow();
  });
});

describe("truncate", () => {
  it.each<[string, Payload, Payload]>([
    ["truncate(keep=50%)", "abcd", "ab"],
    ["truncate(keep=100%)", "abcd", "abc"],
    ["truncate(keep=0%)", "abcd", ""],
    ["truncate", "", ""],
    ["truncate", Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2)],
  ])("%s of %j", (form, payload, kept) => {
    expect(edited(form, payload)).toEqual(kept);
  });
});

it("spoof: what is no JSON is null in the other's name", () => {
  expect(edited("spoof(victim=b)", "no JSON")).toBe('{"device":"b","id":7,"data":null}');
});
