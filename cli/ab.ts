import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { pairsNeeded } from "../reports/compare/comparison.ts";
import { openSides, type SideArguments, type Sides, sideProblems } from "./ab/ab-sides.ts";
import { measureRounds } from "./ab/measure-rounds.ts";
import { printComparison } from "./ab/print-comparison.ts";
import { type PrintArguments, type RuleArguments, readRules, withPrintFlags, withRuleFlags } from "./ab/rule-flags.ts";
import { runOnce } from "./ab/run-once.ts";
import { wordsAfterDashes } from "./ab/split-words.ts";
import { EXIT, Interrupted, SetUpError, UsageError } from "./errors.ts";
import { Interruption } from "./run/interruption.ts";
import { Progress } from "./run/progress.ts";

interface AbArguments extends SideArguments, RuleArguments, PrintArguments {
  pairs: number;
  seed: string | undefined;
  out: string;
  quiet: boolean;
}

export const abCommand: CommandModule<object, AbArguments> = {
  command: "ab",
  describe: "Compare two versions, servers or settings by interleaved pairs of runs, with a verdict",
  builder: (yargs) =>
    withAbFlags(withPrintFlags(withRuleFlags(yargs)))
      .usage("$0 ab --base <ref or command> --candidate <ref or command> [-- scenario and flags of run]")
      .example("$0 ab --base main --candidate HEAD", "the servers of two git refs, five pairs")
      .example(
        '$0 ab --base "./old-server" --candidate "./new-server --fast" -- --rate 500 --duration 10s',
        "two commands",
      )
      .example('$0 ab --candidate-flags="--strategy on_ack" -- --rate 500', "two settings of a run")
      .epilogue(
        "A command finds its ports in RPCFLEET_HTTP_PORT and RPCFLEET_MQTT_PORT. Exit codes: 0 no regression, 1 regression, 2 usage, 3 cannot tell, 4 set-up failed, 130 interrupted.",
      ) as never,
  handler: async (args) => {
    process.exitCode = await compareByPairs(args, wordsAfterDashes(process.argv));
  },
};

function withAbFlags(yargs: Argv): Argv {
  return yargs
    .option("base", { type: "string", describe: "A git ref of the project here, or a command that starts a server" })
    .option("candidate", { type: "string", describe: "What is compared with it, likewise" })
    .option("base-flags", { type: "string", describe: "Flags of `run` for the base alone, in one text" })
    .option("candidate-flags", { type: "string", describe: "Flags of `run` for the candidate alone" })
    .option("pairs", {
      type: "number",
      default: 5,
      describe: "Pairs of runs; 5 decide one metric, 10 find smaller changes",
    })
    .option("start", { type: "string", describe: "How a checked-out ref of another project starts its server" })
    .option("install", { type: "boolean", default: false, describe: "npm ci in each checked-out ref" })
    .option("whole", {
      type: "boolean",
      default: false,
      describe: "Each ref of rpcfleet also makes its own calls and devices",
    })
    .option("ready-timeout", { type: "string", default: "60s", describe: "How long a server may take to listen" })
    .option("seed", { type: "string", describe: "Of the pairs' plans [drawn and printed]" })
    .option("out", { type: "string", default: "runs", describe: "Folder for the folder of this comparison" })
    .option("quiet", { type: "boolean", default: false, describe: "No progress" })
    .requiresArg(["pairs"]);
}

const MOST_PAIRS = 200;

async function compareByPairs(args: AbArguments, words: readonly string[]): Promise<number> {
  const folder = process.cwd();
  const rules = readRules(args);
  const problems = sideProblems(args, words, folder);
  const needed = pairsNeeded(rules);
  if (!Number.isInteger(args.pairs) || args.pairs < needed || args.pairs > MOST_PAIRS) {
    const metrics = rules.deciding.length === 1 ? "one deciding metric" : `${rules.deciding.length} deciding metrics`;
    problems.push(`--pairs: ${metrics} can be decided by ${needed} to ${MOST_PAIRS} pairs, got ${args.pairs}`);
  }
  if (problems.length > 0) throw new UsageError(problems);
  const progress = new Progress({ quiet: args.quiet, dashboard: false });
  const interruption = new Interruption((line) => progress.insist(line));
  const opened = openSides(args, words, folder);
  process.once("exit", opened.close);
  try {
    const { runs, notes } = await measurePairs(args, { opened, words, interruption, progress, needed });
    const [a, b] = opened.sides.map(({ name, label }, side) => ({
      label: `${name}: ${label}`,
      runs: runs[side] ?? [],
    }));
    if (a === undefined || b === undefined || a.runs.length === 0) {
      if (interruption.happened) throw new Interrupted();
      throw new SetUpError(`no pair of sound runs came about:\n${notes.join("\n")}`);
    }
    const code = await printComparison({ a, b, rules, notes: [...opened.notes, ...notes] }, args);
    return interruption.happened ? EXIT.interrupted : code;
  } finally {
    opened.close();
    interruption.release();
  }
}

interface Setting {
  readonly opened: Sides;
  readonly words: readonly string[];
  readonly interruption: Interruption;
  readonly progress: Progress;
  readonly needed: number;
}

async function measurePairs(args: AbArguments, { opened: { sides }, words, interruption, progress, needed }: Setting) {
  const seed = args.seed ?? String(randomInt(2 ** 32));
  const time = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "Z");
  const place = join(args.out, `${time}-ab-${seed.replace(/[^\w-]/g, "_")}`);
  progress.say(`${args.pairs} pairs, seed ${seed}, runs in ${place}`);
  const stopping = { stopped: () => interruption.happened, onStop: interruption.onStop.bind(interruption) };
  return measureRounds({
    sides: sides.map(({ name }) => name),
    rounds: args.pairs,
    needed,
    impatient: true,
    seed,
    stopped: stopping.stopped,
    say: (line) => progress.say(line),
    measure: async ({ side, round, attempt, seed: ofRound }) => {
      const of = sides[side] as Sides["sides"][number];
      const again = attempt === 0 ? "" : "-again";
      const out = join(place, `pair-${round + 1}-${of.name}${again}`);
      progress.say(`pair ${round + 1} of ${args.pairs}: ${of.name}${attempt === 0 ? "" : ", again"}`);
      return runOnce({ side: of, seed: ofRound, words, out }, stopping);
    },
  });
}
