/** The closed forms of the two models of bursts (C2), with a fixed seed. Tolerances are five standard errors or more. */
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import { parseFault } from "./parse-fault.ts";

const MESSAGES = 400_000;
const random = new RandomStream(seedFrom("7"));

/** Whether each message of one device is lost, and the count the fault itself keeps. */
function losses(text: string, device = 0): { lost: boolean[]; fired: number } {
  const fault = parseFault(text, { timeout: SECOND });
  if (isProblem(fault)) throw new Error(fault.message);
  const place = { device, method: "m", params: null, at: 0 };
  const lost = Array.from({ length: MESSAGES }, (_, key) => {
    const request = { ...place, key, ordinal: key + 1, requestId: key };
    return fault.judge?.(request, random).kind === "lose";
  });
  return { lost, fired: fault.counts.fired };
}

function share(lost: readonly boolean[]): number {
  return lost.filter(Boolean).length / lost.length;
}

/** Lengths of runs of losses. */
function bursts(lost: readonly boolean[]): number[] {
  const lengths: number[] = [];
  let run = 0;
  for (const each of [...lost, false]) {
    if (each) run++;
    else if (run > 0) {
      lengths.push(run);
      run = 0;
    }
  }
  return lengths;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("burst_loss", () => {
  // enter = p, leave = r, bad = 1-h, good = 1-k: (1-h) p/(p+r) + (1-k) r/(p+r).
  it.each([
    ["burst_loss", 0.01 / 0.26],
    ["burst_loss(enter=5%, leave=50%)", 0.05 / 0.55],
    ["burst_loss(enter=2%, leave=20%, bad=60%, good=1%)", (0.6 * 0.02 + 0.01 * 0.2) / 0.22],
  ])("%s: mean loss", (text, expected) => {
    const { lost, fired } = losses(text);
    expect(Math.abs(share(lost) - expected)).toBeLessThan(0.004);
    expect(fired).toBe(lost.filter(Boolean).length);
  });

  it("bursts last 1/r messages, by a geometric law", () => {
    const r = 0.25;
    const lengths = bursts(losses("burst_loss(enter=1%, leave=25%)").lost);
    expect(Math.abs(mean(lengths) - 1 / r)).toBeLessThan(0.3);
    // Chi-square over the lengths 1 to 9 and all longer ones.
    let chi = 0;
    for (let length = 1; length <= 10; length++) {
      const isTail = length === 10;
      const expected = lengths.length * (isTail ? 1 : r) * (1 - r) ** (length - 1);
      const seen = lengths.filter((each) => (isTail ? each >= length : each === length)).length;
      chi += (seen - expected) ** 2 / expected;
    }
    // 9 degrees of freedom, 0.1 %.
    expect(chi).toBeLessThan(27.88);
  });

  it("each device has a link of its own", () => {
    const [one, other] = [losses("burst_loss", 0).lost, losses("burst_loss", 1).lost];
    const both = one.filter((lost, i) => lost && other[i]).length / MESSAGES;
    expect(Math.abs(both - (0.01 / 0.26) ** 2)).toBeLessThan(0.0006);
  });
});

describe("state_loss", () => {
  it("with two states left it is the simple model", () => {
    const { lost } = losses("state_loss(p13=1%, p31=25%)");
    expect(Math.abs(share(lost) - 0.01 / 0.26)).toBeLessThan(0.004);
    expect(Math.abs(mean(bursts(lost)) - 4)).toBeLessThan(0.3);
  });

  it("loses the share of states 3 and 4", () => {
    const [p13, p31, p32, p23, p14] = [0.01, 0.2, 0.1, 0.3, 0.02];
    const { lost, fired } = losses("state_loss(p13=1%, p31=20%, p32=10%, p23=30%, p14=2%)");
    // By balance: from 1 as much goes out as comes in, and so on; in units of the share of state 1.
    const three = p13 / p31;
    const [two, four] = [(three * p32) / p23, p14];
    const expected = (three + four) / (1 + two + three + four);
    expect(Math.abs(share(lost) - expected)).toBeLessThan(0.004);
    expect(fired).toBe(lost.filter(Boolean).length);
  });

  it.each(["state_loss(p13=60%, p14=50%)", "state_loss(p31=60%, p32=50%)"])("%s is refused", (text) => {
    expect(isProblem(parseFault(text, { timeout: SECOND }))).toBe(true);
  });
});
