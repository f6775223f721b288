import { describe, expect, it } from "vitest";
import type { MeasuredRun } from "../../reports/compare/measured-run.ts";
import { sampleRun } from "../../reports/compare/run-sample.ts";
import { measureRounds, type RoundsOptions, type RunPlace, sideOrder } from "./measure-rounds.ts";

/** Measures with `answer` and writes down whose turn it was. */
function bench(answer: (place: RunPlace) => MeasuredRun | string, changes: Partial<RoundsOptions> = {}) {
  const turns: string[] = [];
  const options: RoundsOptions = {
    sides: ["base", "candidate"],
    rounds: 5,
    needed: 5,
    seed: "s",
    impatient: true,
    say: () => undefined,
    stopped: () => false,
    measure: async (place) => {
      turns.push(`${"AB"[place.side]}${place.seed}${place.attempt === 0 ? "" : " again"}`);
      return answer(place);
    },
    ...changes,
  };
  return { turns, done: measureRounds(options) };
}

const sound = ({ seed }: RunPlace): MeasuredRun => sampleRun({ seed });
const sick = ({ seed }: RunPlace): MeasuredRun => sampleRun({ seed, health: "invalid" });

describe("rounds of runs", () => {
  it("take turns as ABBA, with one seed a pair", async () => {
    const { turns, done } = bench(sound, { rounds: 3, needed: 3 });
    const { runs, notes } = await done;
    expect(turns).toEqual(["As-1", "Bs-1", "Bs-2", "As-2", "As-3", "Bs-3"]);
    expect(runs.map((side) => side.map(({ figures }) => figures.seed))).toEqual([
      ["s-1", "s-2", "s-3"],
      ["s-1", "s-2", "s-3"],
    ]);
    expect(notes).toEqual([]);
    expect([sideOrder(0, 3), sideOrder(1, 3)]).toEqual([
      [0, 1, 2],
      [2, 1, 0],
    ]);
  });

  it("are made again once when the generator was not well", async () => {
    const isBad = ({ round, side, attempt }: RunPlace): boolean => round === 1 && side === 0 && attempt === 0;
    const { turns, done } = bench((place) => (isBad(place) ? sick(place) : sound(place)), { rounds: 2, needed: 2 });
    const { runs, repeated, dropped, notes } = await done;
    expect(turns).toEqual(["As-1", "Bs-1", "Bs-2", "As-2", "Bs-2 again", "As-2 again"]);
    expect([runs[0]?.length, runs[1]?.length, repeated, dropped]).toEqual([2, 2, 1, 0]);
    expect(notes).toEqual(["Pair 2 is made again: of the run of base, its load generator is invalid (send lag p99)."]);
  });

  it("are dropped after that, and ended when too few can be sound any more", async () => {
    const { turns, done } = bench((place) => (place.round === 1 ? "it broke" : sound(place)), { rounds: 6, needed: 6 });
    const { runs, dropped, notes } = await done;
    expect([runs[0]?.length, runs[1]?.length, dropped]).toEqual([1, 1, 1]);
    expect(turns).toEqual(["As-1", "Bs-1", "Bs-2", "Bs-2 again"]);
    expect(notes.slice(1)).toEqual([
      "Pair 2 is dropped: candidate: it broke.",
      "Stopped after 2 pairs: at least 6 sound ones are needed.",
    ]);
  });

  it("end at once when the first one fails, unless there are many to come", async () => {
    await expect(bench(() => "no server").done).rejects.toThrow("base: no server");
    const patient = await bench(() => "no server", { impatient: false, rounds: 2, needed: 1 }).done;
    expect(patient.dropped).toBe(2);
  });

  it("keep only whole pairs when they are stopped", async () => {
    let count = 0;
    const { done } = bench(
      (place) => {
        count++;
        return sound(place);
      },
      { stopped: () => count >= 3 },
    );
    expect((await done).runs.map(({ length }) => length)).toEqual([1, 1]);
  });
});
