import type { CommandModule } from "yargs";
import { PERSONAS } from "../simulator/behaviour/personas.ts";

interface PersonasArguments {
  json: boolean;
}

export const personasCommand: CommandModule<object, PersonasArguments> = {
  command: "personas",
  describe: "List the kinds of devices that can be picked by name",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "As data" })
      .example("$0 personas", "names, and what each stands for")
      .example("$0 run --persona cellular", "a run with such devices"),
  handler: ({ json }) => {
    if (json) {
      process.stdout.write(`${JSON.stringify(Object.fromEntries(PERSONAS), null, 2)}\n`);
      return;
    }
    for (const [name, { about, ...forms }] of PERSONAS) {
      const lines = Object.entries(forms).filter(([, form]) => form.length > 0);
      const text = lines.map(
        ([what, form]) => `  ${what.padEnd(10)} ${Array.isArray(form) ? form.join(", ") : form}\n`,
      );
      process.stdout.write(`${name}: ${about}\n${text.join("")}\n`);
    }
    process.stdout.write("rpcfleet run --persona <name> picks one; a cohort of a scenario says persona: <name>.\n");
  },
};
