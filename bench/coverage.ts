/**
 * `npx tsx bench/coverage.ts`: how often the interval of a p99 covers the truth, on a queue whose p99 is known.
 *
 *   --runs 500   runs a row
 *
 * Reports, never fails; what must hold of it stands in reports/statistics/coverage.test.ts.
 */
import { parseArgs } from "node:util";
import { measureCoverage } from "../reports/statistics/coverage-fixture.ts";

const LOADS = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9];
const SIZES = [
  { rate: 200, seconds: 60 },
  { rate: 200, seconds: 120 },
  { rate: 1_000, seconds: 60 },
];

const { values } = parseArgs({ options: { runs: { type: "string", default: "500" } } });
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs > 0)) {
  process.stderr.write(`--runs must be a whole number from 1, not "${values.runs}"\n`);
  process.exit(2);
}
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);
console.log(`95 % interval of the p99 of an M/M/1 queue, ${runs} seeded runs a row`);
console.log(
  "naive: what the interval of independent samples would cover; wrong: an interval was printed and misses the truth\n",
);
console.log("   rate  length  load   refused   printed  of which    covers     wrong     naive");
console.log("                                           by blocks                   cover");
for (const size of SIZES) {
  for (const load of LOADS) {
    const { printed, refused, covered, naive, byBlocks } = measureCoverage({ ...size, load, runs, p: 0.99 });
    const cells = [
      percent(refused / runs),
      percent(printed / runs),
      printed === 0 ? "–".padStart(8) : percent(byBlocks / printed),
      printed === 0 ? "–".padStart(8) : percent(covered / printed),
      percent((printed - covered) / runs),
      percent(naive / runs),
    ];
    const row = `${String(size.rate).padStart(5)}/s  ${`${size.seconds} s`.padStart(6)}  ${load.toFixed(1).padStart(4)}`;
    console.log(`${row}  ${cells.join("  ")}`);
  }
}
