/**
 * `npm run conformance`: the rows of the contract, one line each, against our own server or, with --target, another's.
 *
 *   --target URL      a server that runs already, such as http://127.0.0.1:8080
 *   --mqtt-port N     its MQTT port (1883)
 *   --username, --password   of a tenant administrator (the demo tenant's)
 *   --min-timeout N   the shortest timeout it grants, ms (5000)
 *   --json            results as JSON
 *
 * Makes devices and deletes them again. Exit code 0 when no row is broken, else 1; 2 for wrong flags.
 */
import { parseArgs } from "node:util";
import { type RowResult, runAgainst, runAgainstOurs } from "./run-rows.ts";

const MARK = { kept: "ok    ", broken: "BROKEN", skipped: "skip  " } as const;

function readFlags() {
  try {
    return parseArgs({
      options: {
        target: { type: "string" },
        "mqtt-port": { type: "string", default: "1883" },
        username: { type: "string", default: "tenant@thingsboard.org" },
        password: { type: "string", default: "tenant" },
        "min-timeout": { type: "string", default: "5000" },
        json: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

const flags = readFlags();
const results: RowResult[] = [];
const done = (result: RowResult): void => {
  results.push(result);
  if (flags.json) return;
  const { contract, rule, verdict, reason } = result;
  process.stdout.write(`${MARK[verdict]} ${contract.padEnd(9)} ${rule}${reason === "" ? "" : `\n       ${reason}`}\n`);
};
if (flags.target === undefined) await runAgainstOurs(done);
else {
  await runAgainst(
    {
      url: flags.target.replace(/\/$/, ""),
      mqttPort: Number(flags["mqtt-port"]),
      username: flags.username,
      password: flags.password,
      minTimeoutMs: Number(flags["min-timeout"]),
    },
    done,
  );
}
const count = (verdict: RowResult["verdict"]): number => results.filter((result) => result.verdict === verdict).length;
if (flags.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else process.stdout.write(`\n${count("kept")} kept, ${count("broken")} broken, ${count("skipped")} skipped\n`);
process.exit(count("broken") === 0 ? 0 : 1);
