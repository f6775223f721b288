import type { Argv, CommandModule } from "yargs";
import { parseDuration, SECOND } from "../protocol/time.ts";
import { isProblem } from "../simulator/behaviour/form.ts";
import { FILE_FORMS } from "../simulator/behaviour/latency/inline-files.ts";
import { LATENCY_MENU } from "../simulator/behaviour/latency/menu.ts";
import { parseLatency } from "../simulator/behaviour/latency.ts";
import { type ExplainOptions, explainLatency } from "./dist/explain-latency.ts";
import { explanationText } from "./dist/explanation-text.ts";
import { UsageError } from "./errors.ts";
import { inlineLatencyFiles } from "./run/latency-files.ts";

interface ExplainArguments {
  form: string;
  timeout: string;
  seed: string;
  draws: number;
  devices: number;
  rate: number;
  json: boolean;
}

const explainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <form>",
  describe: "What a latency form means: percentiles, mean, share that misses the timeout, shape",
  builder: (yargs) =>
    yargs
      .positional("form", { type: "string", demandOption: true, describe: "A latency form; dist list shows them" })
      .option("timeout", { type: "string", default: "10s", describe: "Effective timeout of the call" })
      .option("seed", { type: "string", default: "1", describe: "Same seed, same draws" })
      .option("draws", { type: "number", default: 100_000, describe: "How many calls to draw" })
      .option("devices", { type: "number", default: 1_000, describe: "To how many devices" })
      .option("rate", { type: "number", default: 200, describe: "Calls per second, all devices together" })
      .option("json", { type: "boolean", default: false, describe: "As data, durations in microseconds" })
      .example('$0 dist explain "lognormal(p50=200ms, p99=2500ms)"', "a service time")
      .example('$0 dist explain "miss(1%, lognormal(p50=200ms))" --timeout 5s', "late in 1 % of the calls")
      .example('$0 dist explain "queue(exponential(mean=100ms))" --devices 10 --rate 80', "devices near their limit"),
  handler: (args) => {
    const { options, problems } = checkOptions(args);
    const text = inlineLatencyFiles(args.form);
    const latency = typeof text === "string" ? parseLatency(text, options.timeout) : text;
    if (isProblem(latency)) throw new UsageError([...problems, ...latency.message.split("; ")]);
    if (problems.length > 0) throw new UsageError(problems);
    const explanation = explainLatency(latency, options);
    if (!args.json) {
      process.stdout.write(explanationText(explanation, args.form));
      return;
    }
    const { delays: _, ...figures } = explanation;
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  },
};

const MOST_DRAWS = 5_000_000;

/** The options, and everything that is wrong with them. */
function checkOptions(given: ExplainArguments): { options: ExplainOptions; problems: string[] } {
  const { timeout, seed, draws, devices, rate } = given;
  const problems: string[] = [];
  const parsed = parseDuration(timeout);
  if (parsed === undefined || parsed <= 0)
    problems.push(`--timeout: expected a duration above zero such as 5s, got "${timeout}"`);
  if (!Number.isInteger(draws) || draws < 1_000 || draws > MOST_DRAWS)
    problems.push(`--draws: expected a whole number from 1,000 to 5,000,000, got ${draws}`);
  if (!Number.isInteger(devices) || devices < 1 || devices > 100_000)
    problems.push(`--devices: expected a whole number from 1 to 100,000, got ${devices}`);
  if (!(rate > 0 && rate <= 1_000_000)) problems.push(`--rate: expected calls per second above zero, got ${rate}`);
  return { options: { timeout: parsed ?? SECOND, seed, draws, devices, rate }, problems };
}

const listCommand: CommandModule = {
  command: "list",
  describe: "Every latency form, with an example",
  handler: () => {
    for (const { example, meaning } of [...LATENCY_MENU.values(), ...FILE_FORMS])
      process.stdout.write(`${example}\n    ${meaning}\n`);
    process.stdout.write(
      "\nA single distribution also takes cap=2s, beyond=reject|clamp|never and least=5ms, below=reject|clamp.\n",
    );
  },
};

export const distCommand: CommandModule = {
  command: "dist",
  describe: "Explain or list the forms in which the latency of devices is written",
  builder: (yargs: Argv) =>
    yargs
      .command(explainCommand)
      .command(listCommand)
      .demandCommand(1, "Name an action: dist explain <form>, or dist list."),
  handler: () => undefined,
};
