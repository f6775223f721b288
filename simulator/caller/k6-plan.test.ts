import { describe, expect, it } from "vitest";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { PLAIN_HABITS } from "./call-batch.ts";
import { K6Lines } from "./k6-lines.ts";
import { buildPlan, type K6Batch, sizeVus, startLines } from "./k6-plan.ts";
import { k6Environment } from "./k6-process.ts";

const batch: K6Batch = {
  url: "http://127.0.0.1:1",
  dialect: "tempus",
  token: "jwt",
  kinds: [
    { oneway: true, persistent: false, body: { prefix: "{", suffix: "}", padding: "" }, clientTimeout: 7 * SECOND },
  ],
  habits: PLAIN_HABITS,
  runTag: "tag",
  seed: "1",
  deviceIds: ["a", "b"],
  intendedUs: Float64Array.of(0, 100, 2_000_000),
  targets: Uint32Array.of(1, 0, 1),
  kindOf: new Uint8Array(3),
  firstCall: 10,
  step: 2,
  connections: 1,
  closed: undefined,
  vus: 50,
  thresholds: {},
};
const closed = { callers: 3, duration: SECOND, think: undefined };
const closedBatch: K6Batch = { ...batch, closed, targets: Uint32Array.of(0, 1), kindOf: Uint8Array.of(0, 0) };

describe("buildPlan", () => {
  it("never has more VUs than calls and never cuts the slowest call off", () => {
    const plan = buildPlan(batch, "/starts");
    expect(plan.options.scenarios.calls).toEqual({
      executor: "shared-iterations",
      exec: "openCall",
      vus: 3,
      iterations: 3,
      // Lead 1.5 s, last start 2 s, client timeout 7 s, backlog 5 s.
      maxDuration: "15500ms",
      gracefulStop: "9000ms",
    });
    expect(plan.kinds[0]?.rpcUrl).toBe("http://127.0.0.1:1/api/plugins/rpc/oneway/");
  });

  it("gives many VUs more time to connect", () => {
    const many = { ...batch, vus: 4_000, intendedUs: new Float64Array(4_000), targets: new Uint32Array(4_000) };
    expect(buildPlan(many, "").leadUs).toBe(6_500 * MILLISECOND);
  });

  it("writes one start a line, with its kind and device; without the instant when closed", () => {
    expect(startLines({ ...batch, kindOf: Uint8Array.of(0, 2, 1) })).toBe("0 0 b\n100 2 a\n2000000 1 b");
    expect(startLines(closedBatch)).toBe("0 a\n0 b");
  });
});

describe("sizeVus", () => {
  it.each([
    [200, 15, 7, 49],
    [200, 5_000, 2, 576], // 440 held at most, whatever was expected
    [0.1, 0.01, 10, 11],
  ])("%d/s with %d in flight and %d s of patience: %d", (ratePerSecond, expectedInFlight, timeoutS, vus) => {
    expect(sizeVus({ ratePerSecond, expectedInFlight, clientTimeout: timeoutS * SECOND })).toBe(vus);
  });

  it("refuses what k6 cannot hold, saying what to lower", () => {
    const refused = sizeVus({ ratePerSecond: 2_000, expectedInFlight: 8_000, clientTimeout: 10 * SECOND });
    expect(refused).toMatchObject({ where: "workload.rate", expected: expect.stringContaining("lower the rate") });
  });
});

describe("k6Environment", () => {
  it("drops every inherited K6_ variable and proxy, keeps the rest", () => {
    const env = k6Environment({
      PATH: "/bin",
      K6_VUS: "1",
      k6_duration: "1s",
      HTTP_PROXY: "x",
      https_proxy: "y",
      no_proxy: "z",
    });
    expect(env).toMatchObject({ PATH: "/bin", K6_NO_USAGE_REPORT: "true", K6_AUTO_EXTENSION_RESOLUTION: "false" });
    expect(Object.keys(env).filter((name) => /proxy|vus|duration/i.test(name))).toEqual([]);
  });
});

describe("K6Lines", () => {
  const lead = 1_000;
  const read = (of: K6Batch, text: string, endedAt?: number) => {
    const origins: number[][] = [];
    const lines = new K6Lines({ batch: of, leadUs: lead, onOrigin: (...clocks) => origins.push(clocks) });
    // Pieces of every size, as a file that is being written is read.
    for (let i = 0; i < text.length; i += 7) lines.feed(text.slice(i, i + 7));
    const columns = lines.finish(endedAt);
    const outcomes = Array.from(columns.outcome.subarray(0, columns.length), (code) => OUTCOMES[code]);
    return { origins, columns, outcomes, settled: lines.progress(0).settled };
  };

  it("reads lines in any order and ignores whatever else is said", () => {
    const text =
      "o 5000 250\nnoise c 1 2\nc 12 2001500 2002000 408 2 1\nc 10 1005 1010 200 0 0\nc 99 1 1 1 1 1\nc x 1 1 1 1 1\n";
    const { origins, columns, outcomes, settled } = read(batch, text);
    expect(origins).toEqual([[5_000, 250]]);
    expect(settled).toBe(2);
    expect(outcomes).toEqual(["ok", "dropped", "timeout"]);
    expect([...columns.sentUs]).toEqual([5, Number.NaN, 2_000_500]);
    expect([...columns.settledUs]).toEqual([10, Number.NaN, 2_001_000]);
    expect([[...columns.status], [...columns.mismatched], [...columns.device], [...columns.step]]).toEqual([
      [200, 0, 408],
      [0, 0, 1],
      [1, 0, 1],
      [2, 2, 2],
    ]);
  });

  it("reckons silent calls by what was due when the run was cut short", () => {
    expect(read(batch, "", 50).outcomes).toEqual(["cancelled", "dropped", "dropped"]);
    expect(read(batch, "", Number.NEGATIVE_INFINITY).outcomes).toEqual(["dropped", "dropped", "dropped"]);
  });

  it("does not blame the server for what k6 broke off while it left", () => {
    const brokenOff = "c 10 1000 6000 0 6 0\nc 12 6000 6001 0 6 0\nc 11 1100 1200 0 6 0\n";
    const { columns, outcomes } = read(batch, brokenOff, 5_000);
    expect(outcomes).toEqual(["cancelled", "transport_error", "dropped"]);
    expect(columns.sentUs[0]).toBe(0);
    expect(columns.sentUs[2]).toBeNaN();
  });

  it("lets a closed workload grow, its intended start being the send", () => {
    const { columns, outcomes } = read(closedBatch, "c 12 1300 1400 200 0 0\nc 10 1100 1200 200 0 0\n", 900);
    expect(outcomes).toEqual(["ok", "cancelled", "ok"]);
    expect([...columns.intendedUs.subarray(0, 3)]).toEqual([100, 900, 300]);
    expect([...columns.device.subarray(0, 3)]).toEqual([0, 1, 0]);
  });
});
