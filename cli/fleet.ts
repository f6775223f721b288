import { randomBytes } from "node:crypto";
import type { CommandModule } from "yargs";
import { startFleet } from "../simulator/fleet/start-fleet.ts";
import { SetUpError } from "./errors.ts";
import { descriptorProblem } from "./run/host-facts.ts";
import { planFleet, provision } from "./run/prepare-fleet.ts";
import { Progress } from "./run/progress.ts";
import { type RunArguments, withRunFlags } from "./run/run-arguments.ts";
import { settleRun } from "./run/settle-run.ts";

export const fleetCommand: CommandModule<object, RunArguments> = {
  command: "fleet [scenario]",
  describe: "Connect a scenario's devices to a server and let them answer until Ctrl-C",
  builder: (yargs) =>
    withRunFlags(yargs)
      .example("$0 fleet --devices 100", "a hundred devices for a server on ThingsBoard's ports")
      .example('$0 fleet --devices-file devices.csv --latency "constant(200ms)"', "known devices, slow ones"),
  handler: async (args) => {
    const target = (args.target ?? "http://127.0.0.1:8080").replace(/\/$/, "");
    const run = await settleRun({ ...args, target });
    const { scenario } = run;
    const progress = new Progress(args.quiet);
    const tooMany = descriptorProblem(scenario.fleet.devices, 0);
    if (tooMany !== undefined) throw new SetUpError(tooMany);
    const devices = run.devices ?? (await provision(run, target, progress)).devices;
    const runTag = randomBytes(4).toString("hex");
    const fleet = startFleet(
      planFleet(run, { url: target, mqttPort: args.mqttPort, devices, runTag, clientCalls: undefined }),
    );
    const state = await fleet.connect(({ connected }) =>
      progress.update(`connecting: ${connected} of ${devices.length}`),
    );
    if (state.connected === 0) {
      await fleet.close();
      throw new SetUpError(`no device could connect (first failure: ${state.firstFailure})`);
    }
    progress.say(`connected ${state.connected} of ${state.devices} devices; seed ${run.seed}; Ctrl-C stops`);
    await new Promise<void>((resolve) => {
      process.once("SIGINT", resolve);
      process.once("SIGTERM", resolve);
    });
    const { report } = await fleet.drain(0, 0);
    await fleet.close();
    progress.say(`\n${report.ledger.length} requests received, ${report.lostConnections} connections lost`);
    for (const { name, matched, fired } of report.faults) progress.say(`${name}: fired ${fired} of ${matched}`);
  },
};
