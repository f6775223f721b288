/** What a seed means: the same delays for ever, on every machine, whoever else draws. */
import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { PURPOSE, RandomStream, seedFrom } from "../../../protocol/random.ts";
import { SECOND } from "../../../protocol/time.ts";
import { latency } from "./latency-test-support.ts";
import { LATENCY_MENU } from "./menu.ts";
import type { LatencyContext } from "./node.ts";

const random = new RandomStream(seedFrom("7"));

/** The example of each form, seed 7, six requests 4 s apart to devices 0 and 1 in turn; null: no answer. */
const GOLDEN: ReadonlyMap<string, readonly (number | null)[]> = new Map([
  ["constant", [50_000, 50_000, 50_000, 50_000, 50_000, 50_000]],
  ["uniform", [49_069, 45_392, 34_594, 79_387, 63_533, 21_904]],
  ["exponential", [2_700_574, 2_356_476, 1_489_369, 8_099_826, 4_444_572, 664_411]],
  ["lognormal", [38_952, 35_097, 25_721, 116_696, 60_216, 16_825]],
  ["weibull", [38_392, 32_485, 18_483, 146_851, 70_611, 6_784]],
  ["pareto", [39_462, 37_514, 33_020, 87_342, 51_007, 29_245]],
  ["lomax", [38_585, 33_349, 20_532, 133_207, 66_501, 8_826]],
  ["gamma", [108_506, 102_104, 83_914, 186_586, 137_062, 60_976]],
  ["erlang", [105_086, 97_862, 77_650, 196_300, 137_865, 53_019]],
  ["normal", [49_417, 47_102, 39_937, 72_278, 58_752, 29_168]],
  ["paretonormal", [44_860, 43_575, 40_089, 64_784, 51_106, 35_895]],
  ["never", [null, null, null, null, null, null]],
  ["mixture", [39_201, 36_185, 28_241, 86_445, 54_143, 19_458]],
  ["quantiles", [36_710, 26_152, 9_661, 224_766, 88_573, 2_997]],
  ["trace", [15_000, 15_000, 15_000, 15_000, 15_000, 15_000]],
  ["ramp", [50_000, 50_000, 50_000, 86_823, 101_684, 57_111]],
  ["sine", [38_862, 41_704, 33_342, 177_757, 92_357, 20_444]],
  ["phases", [50_000, 50_000, 50_000, 50_000, 50_000, 50_000]],
  ["regimes", [50_000, 50_000, 50_000, 50_000, 50_000, 50_000]],
  ["arta", [38_862, 34_656, 31_369, 56_849, 38_820, 35_018]],
  ["spread", [87_548, 79_307, 54_764, 275_682, 138_962, 32_647]],
  ["slow", [38_862, 34_656, 24_309, 120_470, 61_684, 14_266]],
  ["shared", [62_836, 60_750, 55_898, 19_733, 53_666, 13_279]],
  ["dutycycle", [3_072_742, 8_972_287, 5_072_742, 972_287, 7_072_742, 2_972_287]],
  ["queue", [67_014, 58_412, 36_734, 201_996, 110_614, 16_110]],
  ["miss", [190_426, 156_755, 85_816, 1_301_754, 417_472, 34_699]],
  ["straddle", [50_000, 50_000, 50_000, 50_000, 50_000, 9_996_000]],
  ["reflect", [16_020_284, 3_900_259, 3_664_156, 4_857_086, 15_682_971, 16_664_079]],
]);

it.each([...LATENCY_MENU.values()])("$name draws these delays", ({ name, example }) => {
  const drawn = latency(example);
  const delays = Array.from({ length: 6 }, (_, key) =>
    drawn.draw({ device: key % 2, key, ordinal: 1 + (key >> 1), at: key * 4 * SECOND }, random),
  );
  expect(delays.map((delay) => delay ?? null)).toEqual(GOLDEN.get(name));
});

/** Requests of device 17 among those of a fleet of that size, and other questions asked of chance in between. */
function device17(text: string, devices: number, disturb: (stream: RandomStream) => void): (number | undefined)[] {
  const drawn = latency(text);
  const own: (number | undefined)[] = [];
  for (let round = 0; round < 5; round++) {
    for (let device = 0; device < devices; device++) {
      const context: LatencyContext = {
        device,
        key: device === 17 ? round : 1_000_000 + round,
        ordinal: round + 1,
        at: round * 7 * SECOND,
      };
      disturb(random);
      const delay = drawn.draw(context, random);
      if (device === 17) own.push(delay);
    }
  }
  return own;
}

it.each([...LATENCY_MENU.values()])(
  "$name: device 17 is the same in a fleet of 20 and of 2,000, and beside other draws",
  ({ example }) => {
    const alone = device17(example, 20, () => undefined);
    expect(device17(example, 2_000, () => undefined)).toEqual(alone);
    expect(device17(example, 20, (stream) => stream.seek(17, PURPOSE.target, 3).word())).toEqual(alone);
  },
);

it("a form around another moves none of its draws", () => {
  const inner = "mixture(60%: lognormal(p50=40ms, p99=400ms), 40%: uniform(1s, 2s))";
  const alone = device17(inner, 20, () => undefined);
  expect(device17(`queue(${inner})`, 20, () => undefined)).toEqual(alone);
  expect(device17(`slow(${inner}, share=0%, factor=2)`, 20, () => undefined)).toEqual(alone);
  expect(device17(`reflect(${inner}, p=0%)`, 20, () => undefined)).toEqual(alone);
});

it("no form computes with functions whose last digits are up to the engine", async () => {
  const folder = new URL(".", import.meta.url);
  const files = (await readdir(folder)).filter((name) => !name.includes("test"));
  expect(files.length).toBeGreaterThan(15);
  for (const name of files) {
    const code = (await readFile(new URL(name, folder), "utf8")).replaceAll(/\/\*[\s\S]*?\*\//g, "");
    expect(code, name).not.toMatch(/Math\.(?!abs|min|max|floor|ceil|round|sqrt|PI)\w+/);
    expect(code.replaceAll(/\b2 \*\* -?\d+/g, "a constant"), name).not.toContain("**");
  }
});
