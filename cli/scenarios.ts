import type { CommandModule } from "yargs";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { checkScenario, type Scenario, scenarioJsonSchema } from "../scenarios/scenario.ts";
import { workloadText } from "./run/run-facts.ts";

interface ScenariosArguments {
  json: boolean;
  schema: boolean;
}

function textOf(scenario: Scenario): string {
  const { name, description, fleet, issue } = scenario;
  const lines = [name, `  ${description}`];
  if (issue !== undefined) lines.push(`  ${issue.threads.join(", ")}: ${issue.symptom}`, `  correct: ${issue.correct}`);
  else lines.push(`  ${fleet.devices.toLocaleString("en")} devices; ${workloadText(scenario)}`);
  return `${lines.join("\n")}\n\n`;
}

export const scenariosCommand: CommandModule<object, ScenariosArguments> = {
  command: "scenarios",
  describe: "List the built-in scenarios",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "As data" })
      .option("schema", { type: "boolean", default: false, describe: "Print the JSON Schema of a scenario file" })
      .example("$0 scenarios", "names, workloads, purposes")
      .example("$0 scenarios --schema > scenario.schema.json", "completion for an editor"),
  handler: ({ json, schema }) => {
    if (schema) {
      process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
      return;
    }
    if (json) {
      process.stdout.write(`${JSON.stringify([...CATALOGUE.values()], null, 2)}\n`);
      return;
    }
    const all = [...CATALOGUE].flatMap(([name, given]) => {
      const checked = checkScenario(given, name);
      return "problems" in checked ? [] : [checked.scenario];
    });
    for (const scenario of all.filter(({ issue }) => issue === undefined)) process.stdout.write(textOf(scenario));
    process.stdout.write("Reported problems, each with what a correct server does:\n\n");
    for (const scenario of all.filter(({ issue }) => issue !== undefined)) process.stdout.write(textOf(scenario));
    process.stdout.write("rpcfleet run <name> runs one; any of its settings can be changed by a flag.\n");
  },
};
