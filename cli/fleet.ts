import { randomBytes } from "node:crypto";
import type { CommandModule } from "yargs";
import { telemetryText } from "../reports/telemetry-text.ts";
import { monotonicNow } from "../simulator/clock.ts";
import type { FleetReport } from "../simulator/fleet/fleet.ts";
import { startFleet } from "../simulator/fleet/start-fleet.ts";
import { SetUpError } from "./errors.ts";
import { sayBehaviourErrors } from "./run/behaviour-errors.ts";
import { foldClientCalls, planClientCalls } from "./run/client-calls.ts";
import { socketsOf } from "./run/descriptors-of.ts";
import { targetEndpoints } from "./run/fleet-endpoints.ts";
import { descriptorProblem } from "./run/host-facts.ts";
import { planFleet, provision, shardsOf } from "./run/prepare-fleet.ts";
import { Progress } from "./run/progress.ts";
import { type RunArguments, withRunFlags } from "./run/run-arguments.ts";
import { type SettledRun, settleRun } from "./run/settle-run.ts";

interface FleetArguments extends RunArguments {
  runTag: string | undefined;
  http: string | undefined;
}

/** After Ctrl-C, replies that are due soon still go out. */
const LAST_REPLIES_MS = 1_000;
const RUN_TAG = /^[0-9a-z]{1,32}$/;

/** Where `--target` may name a transport's own port instead of the REST port. */
const SCHEMES = { "mqtt:": "mqttPort", "mqtts:": "mqttsPort", "ws:": "wsPort", "coap:": "coapPort" } as const;

/** The flags with the REST URL as target, and the port of a target that names a transport in its place. */
function withRestTarget(args: FleetArguments): FleetArguments & { readonly target: string } {
  const target = args.target ?? args.http ?? "http://127.0.0.1:8080";
  const match = /^(mqtts?:|ws:|coap:)\/\/([^/]+?)(?::(\d+))?\/?$/.exec(target);
  if (match === null) return { ...args, target: target.replace(/\/$/, "") };
  const [, scheme, host, port] = match;
  const rest = (args.http ?? `http://${host}:8080`).replace(/\/$/, "");
  const own = port === undefined ? {} : { [SCHEMES[scheme as keyof typeof SCHEMES]]: Number(port) };
  return { ...args, ...own, target: rest };
}

export const fleetCommand: CommandModule<object, FleetArguments> = {
  command: "fleet [scenario]",
  describe: "Connect a scenario's devices to a server and let them answer until Ctrl-C",
  builder: (yargs) =>
    withRunFlags(yargs)
      .option("only-device", {
        type: "number",
        describe: "Connect only this one, which does exactly what it does in the whole fleet of the same seed",
      })
      .option("run-tag", {
        type: "string",
        describe: "Tag of the callers' nonces: delays and faults are then drawn for their calls, as in that run",
      })
      .requiresArg("only-device")
      .option("http", {
        type: "string",
        describe: "REST URL, when --target is mqtt://host:port or of another transport",
      })
      .example("$0 fleet --devices 100", "a hundred devices for a server on ThingsBoard's ports")
      .example("$0 fleet --target mqtt://10.0.0.5:1883 --http http://10.0.0.5:8080", "ports of their own")
      .example("$0 fleet --seed 7 --devices 5000 --only-device 4711", "one of 5,000, alone")
      .example('$0 fleet --devices-file devices.csv --latency "constant(200ms)"', "known devices, slow ones") as never,
  handler: async (args) => {
    const flags = withRestTarget(args);
    const run = await settleRun(flags, (devices) => fleetProblems(args, devices));
    await answerUntilStopped(run, flags.target, args.runTag ?? randomBytes(4).toString("hex"));
  },
};

function fleetProblems({ onlyDevice, runTag }: FleetArguments, devices: number): string[] {
  const problems: string[] = [];
  if (onlyDevice !== undefined && !(Number.isInteger(onlyDevice) && onlyDevice >= 0 && onlyDevice < devices)) {
    problems.push(`--only-device: expected a whole number from 0 to ${devices - 1}, got ${onlyDevice}`);
  }
  if (runTag !== undefined && !RUN_TAG.test(runTag)) {
    problems.push(`--run-tag: expected at most 32 lower-case letters and digits, got "${runTag}"`);
  }
  return problems;
}

async function answerUntilStopped(run: SettledRun, target: string, runTag: string): Promise<void> {
  const { scenario, flags } = run;
  const { cohorts } = scenario.fleet;
  const progress = new Progress({ quiet: flags.quiet, dashboard: false });
  const tooMany = descriptorProblem(flags.onlyDevice === undefined ? socketsOf(cohorts, scenario.fleet.devices) : 1, 0);
  if (tooMany !== undefined) throw new SetUpError(tooMany);
  const made = run.devices === undefined ? await provision(run, target, progress) : undefined;
  const all = made?.devices ?? run.devices ?? [];
  const devices =
    made !== undefined || flags.onlyDevice === undefined ? all : all.slice(flags.onlyDevice, flags.onlyDevice + 1);
  const place = {
    endpoints: targetEndpoints(target, flags),
    devices,
    gateways: made?.gateways ?? [],
    runTag,
    clientCalls: planClientCalls(run),
    keepLedger: false,
  };
  const fleet = startFleet(planFleet(run, place), shardsOf(run));
  const state = await fleet.connect(({ connected }) =>
    progress.update(`connecting: ${connected} of ${devices.length}`),
  );
  if (state.connected === 0) {
    await fleet.close();
    throw new SetUpError(`no device could connect (first failure: ${state.firstFailure})`);
  }
  const origin = monotonicNow();
  fleet.begin(origin);
  progress.say(`connected ${state.connected} of ${state.devices} devices; seed ${run.seed}; Ctrl-C stops`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  fleet.endClientCalls({ plannedUntil: monotonicNow() - origin, interrupted: true });
  const { report } = await fleet.drain(origin, LAST_REPLIES_MS);
  await fleet.close();
  sayWhatHappened(report, run, progress);
}

function sayWhatHappened(report: FleetReport, run: SettledRun, progress: Progress): void {
  progress.say(
    `\n${report.requests.toLocaleString("en")} requests received, ${report.lostConnections} connections lost, ${report.pending} replies not sent`,
  );
  for (const { name, matched, fired } of report.faults) progress.say(`${name}: fired ${fired} of ${matched}`);
  if (report.telemetry !== undefined) progress.say(`telemetry: ${telemetryText(report.telemetry)}`);
  sayBehaviourErrors(report.behaviourErrors, progress);
  const calls = foldClientCalls(run, report.clientCalls);
  if (calls !== undefined) {
    const parts = Object.entries(calls.counts).filter(([, count]) => count > 0);
    progress.say(
      `devices' own calls: ${calls.planned} = ${parts.map(([name, count]) => `${count} ${name}`).join(" + ")}`,
    );
  }
}
