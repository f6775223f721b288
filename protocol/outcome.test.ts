import { describe, expect, it } from "vitest";
import { DIALECTS, type DialectName, effectiveTimeout } from "./dialect.ts";
import { classifyAnswer, OUTCOME_CODE, OUTCOMES, type Outcome } from "./outcome.ts";

describe("outcome of an HTTP answer", () => {
  const everywhere: readonly (readonly [number, string, Outcome])[] = [
    [0, "", "transport_error"],
    [200, "", "ok"],
    [200, '{"value":1}', "ok"],
    [200, '{"error":"no"}', "device_error"],
    [200, '{"error":null}', "device_error"],
    [200, '{"inner":{"error":1}}', "ok"],
    [200, '["error"]', "ok"],
    [200, '"error"', "ok"],
    [200, '{"error"', "ok"],
    [204, "", "ok"],
    [400, "", "rejected"],
    [401, "", "rejected"],
    [404, "", "rejected"],
    [406, "", "device_error"],
    [500, "", "server_error"],
    [500, '{"message":"Request timeout"}', "timeout"],
    [503, "", "server_error"],
  ];
  const perDialect: readonly (readonly [DialectName, number, Outcome])[] = [
    ["tb-v1", 408, "timeout"],
    ["tb-v1", 409, "no_connection"],
    ["tb-v1", 504, "server_error"],
    ["tb-v2", 504, "timeout"],
    ["tb-v2", 408, "rejected"],
    ["tb-v2", 409, "rejected"],
    ["tempus", 408, "timeout"],
    ["tempus", 409, "rejected"],
  ];

  describe.each(Object.values(DIALECTS))("$name", (dialect) => {
    it.each(everywhere)("%d %j is %s", (status, body, outcome) => {
      expect(classifyAnswer({ status, body }, dialect)).toBe(outcome);
    });
  });

  it.each(perDialect)("%s: %d is %s", (name, status, outcome) => {
    expect(classifyAnswer({ status, body: "" }, DIALECTS[name])).toBe(outcome);
  });

  it("keeps the codes that recorded journals have", () => {
    expect(OUTCOMES.map((outcome) => [outcome, OUTCOME_CODE[outcome]])).toEqual([
      ["ok", 0],
      ["device_error", 1],
      ["timeout", 2],
      ["no_connection", 3],
      ["rejected", 4],
      ["server_error", 5],
      ["transport_error", 6],
      ["dropped", 7],
      ["cancelled", 8],
    ]);
  });
});

describe("effective timeout", () => {
  it.each([
    ["tb-v1", undefined, 10_000_000],
    ["tb-v1", 1_000, 5_000_000],
    ["tb-v2", 7_000_000, 7_000_000],
    ["tempus", undefined, 20_000_000],
    ["tempus", 1_000, 1_000],
  ] as const)("%s asked for %j grants %d us", (name, requested, granted) => {
    expect(effectiveTimeout(DIALECTS[name], requested)).toBe(granted);
  });
});
