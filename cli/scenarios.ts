import type { CommandModule } from "yargs";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { checkScenario, scenarioJsonSchema } from "../scenarios/scenario.ts";
import { workloadText } from "./run/run-facts.ts";

interface ScenariosArguments {
  json: boolean;
  schema: boolean;
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
    for (const [name, given] of CATALOGUE) {
      const checked = checkScenario(given, name);
      if ("problems" in checked) continue;
      const { scenario } = checked;
      const devices = scenario.fleet.devices.toLocaleString("en");
      process.stdout.write(`${name}\n  ${scenario.description}\n  ${devices} devices; ${workloadText(scenario)}\n\n`);
    }
    process.stdout.write("rpcfleet run <name> runs one; any of its settings can be changed by a flag.\n");
  },
};
