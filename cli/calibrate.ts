import { join } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { calibrate, calibrationText, isFit, type Trial } from "../reports/compare/calibration-table.ts";
import { DEFAULT_RULES, pairsNeeded } from "../reports/compare/comparison.ts";
import { fingerprintOf } from "../reports/compare/configuration.ts";
import { calibrationName } from "../reports/compare/machine-noise.ts";
import { type MeasuredRun, readMeasuredRun } from "../reports/compare/measured-run.ts";
import { openFastBench } from "./ab/fast-bench.ts";
import { measureRounds, type RunPlace } from "./ab/measure-rounds.ts";
import { readPercent } from "./ab/rule-flags.ts";
import { writeText } from "./ab/write-text.ts";
import { EXIT, Interrupted, UsageError } from "./errors.ts";
import { executeRun } from "./run/execute-run.ts";
import { readHostFacts } from "./run/host-facts.ts";
import { Interruption } from "./run/interruption.ts";
import { Progress } from "./run/progress.ts";
import { type RunArguments, withRunFlags } from "./run/run-arguments.ts";
import { commandOf, workloadText } from "./run/run-facts.ts";
import { type SettledRun, settleRun } from "./run/settle-run.ts";

interface CalibrateArguments extends RunArguments {
  pairs: number;
  trials: number;
  inject: string | undefined;
  fast: boolean;
  store: string | undefined;
}

/** Short runs, for there are many: enough calls to tell a p99, and devices whose tail is soon over. */
const SHORT = { devices: 100, rate: 800, duration: "600ms", latency: "lognormal(p50=20ms, p99=100ms)" } as const;

export const calibrateCommand: CommandModule<object, CalibrateArguments> = {
  command: "calibrate [scenario]",
  describe: "Measure this machine's own noise: how often comparing a thing with itself alarms",
  builder: (yargs) =>
    withCalibrateFlags(withRunFlags(yargs))
      .example("$0 calibrate --fast --trials 100 --inject 10% --seed 1", "the full table, about 25 minutes")
      .example("$0 calibrate --fast --trials 4", "a short form, about half a minute")
      .example(
        "$0 calibrate --trials 3 --rate 500 --duration 5s",
        "with runs as `ab` makes them, each on a fresh server",
      )
      .epilogue(
        `Without flags a run is ${SHORT.devices} devices at ${SHORT.rate}/s for ${SHORT.duration}. --fast keeps one server and one fleet a side for all runs, so what it finds is the least that this machine's noise can be. Exit codes: 0 fit for verdicts, 1 not, 2 usage, 4 set-up failed, 130 interrupted.`,
      ) as never,
  handler: async (args) => {
    process.exitCode = await calibrateMachine(args);
  },
};

function withCalibrateFlags(yargs: Argv<RunArguments>): Argv {
  return yargs
    .option("pairs", { type: "number", default: 5, describe: "Pairs of runs of one trial, as in ab" })
    .option("trials", { type: "number", default: 20, describe: "Comparisons of a thing with itself" })
    .option("inject", { type: "string", describe: "Also compare with devices slower by so much, such as 10%" })
    .option("fast", { type: "boolean", default: false, describe: "One server and one fleet a side for all runs" })
    .option("store", { type: "string", describe: "File for the result [baselines/machine-<fingerprint>.json]" })
    .requiresArg(["pairs", "trials"]);
}

async function calibrateMachine(args: CalibrateArguments): Promise<number> {
  const { sides, injected } = await settleSides(args);
  const [base] = sides as [SettledRun];
  const startedAt = new Date();
  const progress = new Progress({ quiet: args.quiet, dashboard: false });
  const interruption = new Interruption((line) => progress.insist(line));
  const bench = args.fast ? await openFastBench(sides, interruption) : freshBench(sides);
  try {
    const trials: Trial[] = [];
    let repeatedRounds = 0;
    let droppedRounds = 0;
    for (let trial = 0; trial < args.trials && !interruption.happened; trial++) {
      progress.update(`trial ${trial + 1} of ${args.trials}`);
      const { runs, repeated, dropped } = await measureRounds({
        sides: ["base", "again", "slowed"].slice(0, sides.length),
        rounds: args.pairs,
        needed: pairsNeeded(DEFAULT_RULES),
        impatient: false,
        seed: `${base.seed}-${trial + 1}`,
        stopped: () => interruption.happened,
        say: (line) => progress.update(`trial ${trial + 1}: ${line}`),
        measure: ({ side, seed }: RunPlace) => bench.measure(side, seed),
      });
      repeatedRounds += repeated;
      droppedRounds += dropped;
      if (!interruption.happened) trials.push({ base: runs[0] ?? [], again: runs[1] ?? [], injected: runs[2] });
    }
    if (trials.length === 0) throw new Interrupted();
    const host = readHostFacts(undefined);
    const calibration = calibrate(trials, {
      command: commandOf(base),
      seed: base.seed,
      startedAt: startedAt.toISOString(),
      tookS: (Date.now() - startedAt.getTime()) / 1_000,
      mode: args.fast ? "fast" : "fresh",
      run: `${base.scenario.fleet.devices} devices, ${workloadText(base.scenario)}, ${base.scenario.fleet.cohorts.map(({ latency }) => latency).join("; ")}`,
      host,
      pairs: args.pairs,
      injected,
      repeatedRounds,
      droppedRounds,
    });
    const path = args.store ?? join("baselines", calibrationName(fingerprintOf(host)));
    await writeText(path, `${JSON.stringify(calibration, null, 2)}\n`);
    process.stdout.write(args.json ? `${JSON.stringify(calibration, null, 2)}\n` : calibrationText(calibration));
    progress.say(`stored in ${path}`);
    if (interruption.happened) return EXIT.interrupted;
    return isFit(calibration) ? EXIT.pass : EXIT.fail;
  } finally {
    await bench.close();
    interruption.release();
  }
}

interface SettledSides {
  /** Base, the same again, and the slowed one where there is one. */
  readonly sides: readonly SettledRun[];
  readonly injected: number | undefined;
}

/** The runs of each side; throws UsageError with every problem. */
async function settleSides(args: CalibrateArguments): Promise<SettledSides> {
  const base = await settleRun(withShortRuns(args), () => calibrateProblems(args));
  const injected = args.inject === undefined ? undefined : readPercent(args.inject);
  const { cohorts } = base.scenario.fleet;
  const [only] = cohorts;
  if (args.fast && cohorts.some(({ transport }) => /gateway|x509/.test(transport))) {
    throw new UsageError([
      "--fast: devices behind gateways and devices with certificates need fresh runs; leave it out",
    ]);
  }
  if (injected === undefined) return { sides: [base, base], injected };
  if (only === undefined || cohorts.length > 1) {
    throw new UsageError(["--inject: needs a scenario whose devices are all of one kind"]);
  }
  const latency = `slow(${only.latency}, share=100%, factor=${1 + injected})`;
  const slowed = {
    ...base,
    scenario: { ...base.scenario, fleet: { ...base.scenario.fleet, cohorts: [{ ...only, latency }] } },
  };
  return { sides: [base, base, slowed], injected };
}

/** The default scenario is cut short; another one, and what flags say, stays as it is. */
function withShortRuns(args: CalibrateArguments): CalibrateArguments {
  if (args.scenario !== "two-way-latency") return args;
  const { devices = SHORT.devices, rate = SHORT.rate, duration = SHORT.duration, callers } = args;
  const latency =
    args.latency ?? (args.persona === undefined && args.behaviour === undefined ? SHORT.latency : undefined);
  return { ...args, devices, duration, latency, rate: callers === undefined ? rate : args.rate };
}

const MOST = { pairs: 100, trials: 10_000 } as const;

function calibrateProblems({ pairs, trials, inject, fast, engine, target }: CalibrateArguments): string[] {
  const problems: string[] = [];
  const needed = pairsNeeded(DEFAULT_RULES);
  if (!Number.isInteger(pairs) || pairs < needed || pairs > MOST.pairs) {
    problems.push(`--pairs: expected a whole number from ${needed} to ${MOST.pairs}, got ${pairs}`);
  }
  if (!Number.isInteger(trials) || trials < 1 || trials > MOST.trials) {
    problems.push(`--trials: expected a whole number from 1 to ${MOST.trials}, got ${trials}`);
  }
  const share = inject === undefined ? 0 : readPercent(inject);
  if (share === undefined) problems.push(`--inject: expected a percentage such as 10%, got "${inject}"`);
  if (fast && (engine !== "native" || target !== undefined)) {
    problems.push("--fast: makes its own calls on its own server; leave out --engine and --target");
  }
  return problems;
}

/** Every run on a server and a fleet of its own, as `run` makes it. */
function freshBench(sides: readonly SettledRun[]): {
  measure: (side: number, seed: string) => Promise<MeasuredRun | string>;
  close: () => Promise<void>;
} {
  return {
    measure: async (side, seed) => {
      const { flags, ...rest } = sides[side] as SettledRun;
      const { folder } = await executeRun({ ...rest, seed, flags: { ...flags, seed, quiet: true } });
      const run = readMeasuredRun(folder);
      return run instanceof Error ? run.message : run;
    },
    close: async () => undefined,
  };
}
