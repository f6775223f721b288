/** What is known of a run before and apart from its calls: the facts a report shows and a run directory keeps. */
import { formatDuration } from "../../protocol/time.ts";
import type { HostFacts, RunFacts } from "../../reports/run-record.ts";
import type { PlannedStep } from "../../scenarios/arrivals.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { isProblem, parseForm } from "../../simulator/behaviour/form.ts";
import { FAULT_KINDS } from "../../simulator/fault/parse-fault.ts";
import { faultNames } from "../../simulator/fleet/fleet-plan.ts";
import { kindFacts, typeText } from "./call-kinds.ts";
import type { SettledRun } from "./settle-run.ts";

export interface RunSetting {
  readonly target: string;
  readonly host: HostFacts;
  readonly startedAt: Date;
}

export function describeRun(run: SettledRun, { target, host, startedAt }: RunSetting): RunFacts {
  const { scenario, flags } = run;
  const { workload } = scenario;
  let start = 0;
  const steps = run.load.steps.map(({ rate, duration }: PlannedStep) => {
    const step = { rate, start, duration };
    start += duration;
    return step;
  });
  return {
    scenario: scenario.name,
    description: scenario.description,
    engine: flags.engine,
    seed: run.seed,
    target,
    embedded: flags.target === undefined,
    dialect: scenario.dialect,
    host,
    startedAt: startedAt.toISOString(),
    command: commandOf(run),
    settings: settingsOf(run),
    workload: workload.kind === "closed" ? "closed" : "open",
    arrivals: workload.kind === "closed" || run.load.shape?.kind === "trace" ? undefined : workload.arrivals,
    steps,
    knee: workload.kind === "steps" ? workload.knee : undefined,
    timeout: run.timeout,
    faults: faultNames(scenario.fleet.cohorts),
    replyMixers: replyMixers(scenario),
    gates: scenario.gates,
    baseline: run.baseline,
    kinds: kindFacts(scenario, run.timeouts),
  };
}

/** Faults of the scenario's devices that answer a call with what belongs to another. */
function replyMixers({ fleet }: Scenario): string[] {
  const kinds = fleet.cohorts.flatMap(({ faults }) => faults).map((text) => ({ text, form: parseForm(text) }));
  return kinds
    .filter(({ form }) => !isProblem(form) && FAULT_KINDS.get(form.name)?.mixesReplies === true)
    .map(({ text }) => text);
}

/** Commands that make runs themselves. */
const MAKERS = ["run", "calibrate"];

/** The command line that makes the same run again: what was typed, and the seed when it was drawn. */
export function commandOf({ flags, seed }: SettledRun): string {
  const typed = withoutWatching(withoutPassword(process.argv.slice(2)));
  if (!MAKERS.includes(typed[0] ?? "")) typed.unshift("run", flags.scenario);
  if (flags.seed === undefined) typed.push("--seed", seed);
  const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return `npx rpcfleet ${typed.map(quote).join(" ")}`;
}

const ONLY_FOR_THE_EYES = ["--json", "--quiet", "--dashboard", "--no-dashboard", "--live"];

/** How a run is looked at is no part of it. */
function withoutWatching(words: readonly string[]): string[] {
  return words.filter((word, index) => {
    const isPortOfLive = words[index - 1] === "--live" && /^\d+$/.test(word);
    return !isPortOfLive && !ONLY_FOR_THE_EYES.includes(word) && !word.startsWith("--live=");
  });
}

const SECRETS = ["--password", "--provision-secret"];

/** A report is handed around; what opens the server is not. */
function withoutPassword(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (SECRETS.includes(words[index - 1] ?? "")) return "...";
    const secret = SECRETS.find((flag) => word.startsWith(`${flag}=`));
    return secret === undefined ? word : `${secret}=...`;
  });
}

/** A single kind in two lines, as its author wrote it; several in a line each. */
function callSettings({ scenario: { calls }, timeouts }: SettledRun): [string, string][] {
  const total = calls.reduce((sum, { weight }) => sum + weight, 0);
  return calls.flatMap((call, kind): [string, string][] => {
    const granted = timeouts[kind] as number;
    const asked =
      call.timeout === granted ? "" : ` (asked for ${formatDuration(call.timeout)}; the server grants no less)`;
    const size = call.payloadBytes === undefined ? "" : `, body of ${call.payloadBytes} bytes`;
    const method = `${call.method} (${typeText(call)}${size})`;
    const timeout = formatDuration(granted) + asked;
    if (calls.length === 1)
      return [
        ["method", method],
        ["timeout", timeout],
      ];
    const share = `${Math.round((1_000 * call.weight) / total) / 10}%`;
    return [[`calls ${call.name}`, `${share}: ${method}, timeout ${timeout}`]];
  });
}

/** What callers do beside calling, where they do. */
function callerSettings({ targets, caller, calls }: Scenario): [string, string][] {
  const settings: [string, string][] = [];
  if (targets !== "uniform") settings.push(["targets", targets]);
  if (caller.abort !== undefined) settings.push(["callers give up", caller.abort]);
  if (caller.retry !== undefined) settings.push(["callers repeat", caller.retry]);
  if (calls.some(({ persistent }) => persistent)) {
    const every = formatDuration(caller.pollInterval);
    settings.push([
      "persistent calls",
      `their records are looked at every ${every}, which is the resolution of their times`,
    ]);
  }
  return settings;
}

function settingsOf(run: SettledRun): [string, string][] {
  const { scenario, flags } = run;
  const { fleet } = scenario;
  const settings: [string, string][] = [
    ["devices", fleet.devices.toLocaleString("en")],
    ...callSettings(run),
    ["workload", workloadText(scenario)],
    ...callerSettings(scenario),
    ["device QoS", String(fleet.qos)],
  ];
  if (fleet.clientCalls !== undefined) {
    const { rate, method, timeout: patience } = fleet.clientCalls;
    settings.push(["devices' own calls", `${method}, ${rate}/s, timeout ${formatDuration(patience)}`]);
  }
  for (const cohort of fleet.cohorts) {
    const name = fleet.cohorts.length === 1 ? "devices answer" : `cohort ${cohort.name} (weight ${cohort.weight})`;
    settings.push([name, [shorten(cohort.latency), ...cohort.faults].join(", ")]);
  }
  settings.push(["devices speak", transportsText(scenario)]);
  if (fleet.telemetry !== undefined) settings.push(["telemetry", `${fleet.telemetry.rate}/s`]);
  const { stall, server, issue } = scenario;
  if (server !== undefined && flags.target === undefined) settings.push(["server", serverText(server)]);
  if (issue !== undefined) {
    settings.push(
      ["reported as", issue.threads.join(", ")],
      ["symptom", issue.symptom],
      ["a correct server", issue.correct],
    );
  }
  if (stall !== undefined)
    settings.push(["server stall", `${formatDuration(stall.for)} at ${formatDuration(stall.at)}`]);
  return settings;
}

function serverText({ minTimeout, strategy, quirks }: NonNullable<Scenario["server"]>): string {
  return [
    ...(minTimeout === undefined ? [] : [`shortest timeout ${formatDuration(minTimeout)}`]),
    ...(strategy === undefined ? [] : [`strategy ${strategy}`]),
    ...quirks.map((quirk) => `quirk ${quirk}`),
  ].join(", ");
}

const LONGEST_FORM = 400;

/** Measured data may make a form long; the plan beside the report has all of it. */
function shorten(form: string): string {
  if (form.length <= LONGEST_FORM) return form;
  return `${form.slice(0, LONGEST_FORM - 60)} ... ${form.slice(-50)}`;
}

/** By cohort, unless all speak alike. */
function transportsText({ fleet: { cohorts } }: Scenario): string {
  const transports = new Set(cohorts.map(({ transport }) => transport));
  if (transports.size === 1) return [...transports].join("");
  return cohorts.map(({ name, transport }) => `${name}: ${transport}`).join(", ");
}

export function workloadText({ workload }: Scenario): string {
  if (workload.kind === "open") {
    const length = formatDuration(workload.duration);
    if (workload.shape === undefined) return `open, ${workload.rate}/s ${workload.arrivals} for ${length}`;
    const spacing = workload.shape.trim().startsWith("trace") ? "" : ` ${workload.arrivals}`;
    return `open, ${workload.shape}${spacing} for ${length}`;
  }
  if (workload.kind === "closed") {
    const thinking = workload.think === undefined ? "" : ` who think for ${workload.think}`;
    return `closed, ${workload.callers} callers${thinking} for ${formatDuration(workload.duration)}`;
  }
  const growth = workload.factor === undefined ? `+${workload.increment}/s` : `x${workload.factor}`;
  return `steps from ${workload.from}/s ${growth}, ${formatDuration(workload.stepDuration)} each, at most ${workload.maxSteps}`;
}
