import type { CommandModule } from "yargs";
import { runJsonSchema } from "../reports/run-file.ts";
import { summaryJsonSchema } from "../reports/summary-schema.ts";
import { scenarioJsonSchema } from "../scenarios/scenario.ts";

/** The files that others may read or write, and their JSON Schemas (draft 2020-12). */
const SCHEMAS = { summary: summaryJsonSchema, scenario: scenarioJsonSchema, run: runJsonSchema } as const;

interface SchemaArguments {
  of: keyof typeof SCHEMAS;
}

export const schemaCommand: CommandModule<object, SchemaArguments> = {
  command: "schema <of>",
  describe: "Print the JSON Schema of a file: summary (summary.json), scenario (a scenario file), run (run.json)",
  builder: (yargs) =>
    yargs
      .positional("of", {
        choices: Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[],
        demandOption: true,
        describe: "Which file",
      })
      .example("$0 schema summary > summary.schema.json", "what a reader of summary.json may rely on"),
  handler: ({ of }) => {
    process.stdout.write(`${JSON.stringify(SCHEMAS[of](), null, 2)}\n`);
  },
};
