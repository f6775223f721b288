/** `rpcfleet dist`: the figures, the page they stand on, and the command as it is typed. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../../simulator/behaviour/form.ts";
import { FILE_FORMS } from "../../simulator/behaviour/latency/inline-files.ts";
import { LATENCY_MENU } from "../../simulator/behaviour/latency/menu.ts";
import { parseLatency } from "../../simulator/behaviour/latency.ts";
import { binomialInterval } from "../../test/binomial.ts";
import { rpcfleet } from "../../test/rpcfleet.ts";
import { shareInterval } from "./binomial-interval.ts";
import { type Explanation, explainLatency } from "./explain-latency.ts";
import { explanationText } from "./explanation-text.ts";

function explain(form: string, draws = 20_000): Explanation {
  const latency = parseLatency(form, 10 * SECOND);
  if (isProblem(latency)) throw new Error(latency.message);
  return explainLatency(latency, { timeout: 10 * SECOND, seed: "1", draws, devices: 100, rate: 200 });
}

describe("an explanation", () => {
  it("has the reference's figures, computed, and draws that agree", () => {
    const { analytic, drawn, missedBetween } = explain("lognormal(p50=200ms, p99=2500ms)", 100_000);
    expect(Math.round((analytic?.p999 ?? 0) / 1_000)).toBe(5_730);
    expect(100 * (analytic?.missed ?? 0)).toBeCloseTo(0.0157, 4);
    for (const key of ["p50", "p90", "p99", "mean"] as const)
      expect(Math.abs((drawn[key] ?? 0) / (analytic?.[key] ?? 1) - 1), key).toBeLessThan(0.03);
    expect(missedBetween.low).toBeLessThan(analytic?.missed ?? 0);
    expect(missedBetween.high).toBeGreaterThan(analytic?.missed ?? 1);
  });

  it("shows silence as silence, and what is not known as not known", () => {
    const { analytic, drawn } = explain("mixture(80%: constant(1s), 20%: never)");
    expect(analytic).toMatchObject({
      p50: SECOND,
      p90: null,
      mean: SECOND,
      never: 0.2,
      missed: expect.closeTo(0.2, 9),
    });
    expect(drawn.p90).toBeNull();
    expect(explain("queue(constant(1s))").analytic).toBeNull();
  });

  it("measures how alike a device's delays are", () => {
    const { correlation, facts } = explain("arta(uniform(0s, 1s), rho=0.9)", 50_000);
    expect(correlation[0]).toBeCloseTo((6 / Math.PI) * Math.asin(0.45), 1);
    expect(facts).toEqual([{ name: "correlation", text: "Gaussian rho 0.9, of the delays 0.8915" }]);
    expect(Math.abs(explain("uniform(0s, 1s)").correlation[0] ?? 1)).toBeLessThan(0.03);
  });

  it("on paper marks the timeout, leaves out long gaps and is never wider than a terminal", () => {
    for (const { example } of LATENCY_MENU.values()) {
      const text = explanationText(explain(example, 2_000), "form");
      for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(130);
    }
    const text = explanationText(explain("straddle(within=5ms, w=20%, base=constant(50ms))"), "straddle(...)");
    expect(text).toMatch(/^straddle\(\.\.\.\)\ntimeout 10s; 20,000 draws, seed 1: 100 devices, 200 calls\/s\n/);
    expect(text).toMatch(/ timeout {2}- - -/);
    expect(text).toMatch(/\n +\.\.\.\n/);
    expect(text).toMatch(/later than 10s +10 % +\d+(\.\d+)? % {3}99 % interval/);
  });
});

it.each([
  [0, 100],
  [1, 1_000],
  [37, 5_000],
  [500, 1_000],
  [1_000, 1_000],
])("the interval of %d in %d is the set of shares that would not be surprised", (count, n) => {
  const { low, high } = shareInterval(count, n);
  const surprised = (p: number): boolean => {
    const interval = binomialInterval(n, p, 0.99);
    return count < interval.low || count > interval.high;
  };
  for (const inside of [low + 1e-6, (low + high) / 2, high - 1e-6])
    if (inside > 0 && inside < 1) expect(surprised(inside), `${inside}`).toBe(false);
  if (low > 0) expect(surprised(low - 1e-6)).toBe(true);
  if (high < 1) expect(surprised(high + 1e-6)).toBe(true);
});

describe("the command", () => {
  it("lists every form", async () => {
    const { out, code } = await rpcfleet("dist", "list");
    expect(code).toBe(0);
    for (const { example } of [...LATENCY_MENU.values(), ...FILE_FORMS]) expect(out).toContain(`${example}\n`);
  });

  it("explains one, as a page or as data", async () => {
    const words = ["dist", "explain", "miss(1%, lognormal(p50=200ms))", "--timeout", "5s", "--draws", "2000"];
    expect((await rpcfleet(...words)).out).toContain(
      "solved             sigma = 1.3837, so that 1% is later than 5s\n",
    );
    const data = JSON.parse((await rpcfleet(...words, "--json")).out);
    expect(data).toMatchObject({ timeout: 5 * SECOND, draws: 2_000, seed: "1", analytic: { p50: 200_000 } });
    expect(data.delays).toBeUndefined();
  });

  it("says everything that is wrong, and ends with 2", async () => {
    const wrong = await rpcfleet("dist", "explain", "uniform(2s, 1s, cap=3s)", "--draws", "1", "--rate", "0");
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.err.split("\n")[0]).toBe("4 problems:");
    const missing = await rpcfleet("dist", "explain", "empirical(file=/nowhere.csv)");
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("cannot read /nowhere.csv (ENOENT)") });
  });
});
