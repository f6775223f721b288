import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGate } from "./gate.ts";

describe("parseGate", () => {
  it.each([
    [
      "p99(rtt) < 250ms",
      {
        kind: "latency",
        series: "responseTime",
        statistic: { kind: "quantile", p: 0.99 },
        operator: "<",
        limit: { kind: "fixed", us: 250_000 },
        window: undefined,
      },
    ],
    [
      "p99.9( service )<=1.5s",
      { series: "serviceTime", statistic: { kind: "quantile", p: 0.999 }, operator: "<=", limit: { us: 1_500_000 } },
    ],
    ["mean(lag) < 900us", { series: "sendLag", statistic: { kind: "mean" }, limit: { us: 900 } }],
    ["max(overhead) < 1m", { series: "overhead", statistic: { kind: "max" } }],
    ["min(device) >= 50ms", { series: "deviceTime", statistic: { kind: "min" }, operator: ">=" }],
    ["p95(rtt_all) < 5s", { series: "responseTimeAll", statistic: { kind: "quantile", p: 0.95 } }],
    ["timeouts <= 1%", { kind: "count", counted: { kind: "outcome", name: "timeout" }, limit: 0.01, isShare: true }],
    ["timeout == 0", { kind: "count", counted: { kind: "outcome", name: "timeout" }, limit: 0, isShare: false }],
    ["ok >= 99.9%", { counted: { kind: "outcome", name: "ok" }, limit: 0.999, isShare: true }],
    ["no_connection == 0", { counted: { kind: "outcome", name: "no_connection" } }],
    ["late_replies == 0", { counted: { kind: "stray", name: "late" } }],
    ["duplicates == 0", { counted: { kind: "stray", name: "duplicate" } }],
    ["unknown_replies == 0", { counted: { kind: "stray", name: "unknown" } }],
    ["throughput >= 0.99 * planned", { kind: "throughput", limit: 0.99, of: "planned" }],
    ["throughput > 500/s", { kind: "throughput", limit: 500, of: "second" }],
    ["throughput >= 0.95 * baseline", { kind: "throughput", limit: 0.95, of: "baseline" }],
    ["health == ok", { kind: "health" }],
    ["p99.9(rtt) < 1s for any 10s", { limit: { kind: "fixed", us: 1_000_000 }, window: 10_000_000 }],
    ["max(rtt)<1s for every 1m", { statistic: { kind: "max" }, window: 60_000_000 }],
    ["p99(rtt) <= 1.10 * baseline", { limit: { kind: "baseline", ratio: 1.1, orUs: undefined } }],
    ["p99(rtt) <= 1.1*baseline or 5ms", { limit: { kind: "baseline", ratio: 1.1, orUs: 5_000 } }],
    [
      "p50(lag) < 2 * baseline or < 500us for any 5s",
      { limit: { kind: "baseline", ratio: 2, orUs: 500 }, window: 5_000_000 },
    ],
  ])("reads %s", (text, expected) => {
    expect(parseGate(text)).toMatchObject({ text, ...expected });
  });

  it.each(["device_errors", "server_errors", "transport_errors", "rejected", "dropped", "cancelled", "ok"])(
    "knows %s",
    (name) => {
      expect(parseGate(`${name} == 0`)).toMatchObject({ kind: "count" });
    },
  );

  it.each([
    ["", 0, "expected a series"],
    ["timeuts <= 1%", 0, 'did you mean "timeouts"'],
    ["p99(rrt) < 250ms", 4, 'did you mean "rtt"'],
    ["q99(rtt) < 250ms", 0, 'did you mean "p99"'],
    ["p0(rtt) < 1ms", 0, "unknown statistic"],
    ["p99 < 250ms", 3, '"p99(rtt)"'],
    ["p99(rtt) = 250ms", 9, "expected one of < <= > >= =="],
    ["p99(rtt)", 8, "expected one of"],
    ["p99(rtt) < 250", 11, "a duration with its unit"],
    ["p99(rtt) < ", 11, "a duration with its unit"],
    ["timeouts <= 1.5", 12, "a whole number or a share"],
    ["timeouts <= -1", 12, "a whole number or a share"],
    ["throughput >= 500", 14, "a rate such as"],
    ["health != ok", 7, "expected one of"],
    ["health >= ok", 7, 'only compared with "=="'],
    ["health == good", 10, 'expected "ok"'],
    ["p99(rtt) < 1s for some 10s", 18, 'not "some"'],
    ["p99(rtt) < 1s for evry 10s", 18, 'did you mean "every"'],
    ["p99(rtt) < 1s for", 17, 'expected "any" or "every"'],
    ["p99(rtt) < 1s for any", 21, "whole seconds"],
    ["p99(rtt) < 1s for any 1.5s", 22, "whole seconds"],
    ["p99(rtt) < 1s for any 0s", 22, "whole seconds"],
    ["p99(rtt) < soon for any 1s", 11, "a duration with its unit"],
    ["timeouts <= 1% for any 10s", 12, "only durations"],
    ["throughput >= 5/s for any 10s", 14, "only durations"],
    ["p99(rtt) <= 1.1 * basline", 18, 'expected "baseline"'],
    ["p99(rtt) <= 1.1 * baseline or 5", 30, 'a duration after "or"'],
    ["p99(rtt) <= 1.1 * baseline or < 5ms", 30, 'expected <= after "or"'],
    ["p99(rtt) == 1.1 * baseline", 9, 'not compared with "=="'],
    ["timeouts <= 2 * baseline", 12, "a whole number or a share"],
    ["constructor == 0", 0, "unknown series"],
    ["p99(toString) < 1s", 4, "unknown series"],
  ])("refuses %j at position %i", (text, position, message) => {
    const problem = parseGate(text);
    expect(problem).toMatchObject({ kind: "problem", text, position });
    expect((problem as { message: string }).message).toContain(message);
  });

  it("never throws, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (text) => parseGate(text).text === text));
  });
});
