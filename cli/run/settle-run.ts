/** Scenario + flags -> one settled run, or every problem at once: structure, forms, gates, and flags that contradict each other. */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { QUIRK_NAMES } from "../../protocol/requester/quirk.ts";
import { type Duration, parseDuration } from "../../protocol/time.ts";
import type { Baseline } from "../../reports/baseline.ts";
import { parseGate } from "../../reports/gate.ts";
import { loadScenario } from "../../scenarios/load-scenario.ts";
import { formatProblem } from "../../scenarios/problem.ts";
import { checkScenario, type Scenario, type ScenarioInput } from "../../scenarios/scenario.ts";
import { readDeviceFile } from "../../simulator/fleet/device-file.ts";
import type { ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { UsageError } from "../errors.ts";
import { baselineOf } from "./baseline-of.ts";
import { grantedTimeouts, kindProblems, mannersOf } from "./call-kinds.ts";
import { credentialProblems } from "./device-credentials.ts";
import { portsOf } from "./fleet-endpoints.ts";
import { k6Problems } from "./k6-limits.ts";
import { plainProblems } from "./plain-problems.ts";
import type { RunArguments } from "./run-arguments.ts";
import { settleCohorts } from "./settle-cohorts.ts";
import { type Load, readLoad, settleLoad } from "./settle-load.ts";

export interface SettledRun {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly load: Load;
  /** Timeout of each kind of call as the server will apply it. */
  readonly timeouts: readonly Duration[];
  /** The longest of them. */
  readonly timeout: Duration;
  /** Figures of another run, for gates that are ratios of it. */
  readonly baseline: Baseline | undefined;
  /** Devices that exist already, from --devices-file. */
  readonly devices: readonly ProvisionedDevice[] | undefined;
  readonly flags: RunArguments;
}

/**
 * Takes the place of a scenario that cannot be read, so that the flags are judged all the same. Nothing is wrong with it, so every
 * problem is one of a flag; what only the real one could tell (`--rate` of a closed workload, `--client-method` without calls of
 * devices) it allows.
 */
const STAND_IN: ScenarioInput = {
  name: "stand-in",
  description: "Anything",
  fleet: { devices: 1, clientCalls: { rate: 1 } },
  call: { method: "getValue", timeout: "5s" },
  workload: { kind: "open", rate: 1, duration: "1s" },
};

/** What else is wrong with a command's own flags, given the devices of the scenario as far as they can be told. */
type FurtherProblems = (devices: number) => readonly string[];

/** Throws UsageError with everything that is wrong. */
export async function settleRun(flags: RunArguments, more: FurtherProblems = () => []): Promise<SettledRun> {
  const loaded = await loadScenario(flags.scenario);
  const problems = "problems" in loaded ? loaded.problems.map(formatProblem) : [];
  const file = flags.devicesFile === undefined ? undefined : readDeviceFile(flags.devicesFile);
  problems.push(...(file?.problems ?? []));
  const given = override("problems" in loaded ? STAND_IN : loaded.given, flags, problems);
  if (file !== undefined) given.fleet = { ...given.fleet, devices: Math.max(1, file.devices.length) };
  const settled = settleCohorts(given, flags, problems);
  const forms = readLoad(settled, problems);
  const checked = checkScenario(settled, "");
  if ("problems" in checked) problems.push(...checked.problems.map(formatProblem));
  else problems.push(...kindProblems(checked.scenario));
  if (flags.engine === "k6") problems.push(...k6Problems(settled));
  problems.push(...gateProblems(given), ...quirkProblems(given), ...targetProblems(settled, flags));
  problems.push(...plainProblems(flags), ...more(given.fleet.devices));
  const baseline = baselineOf(flags.baseline, problems);
  if ("problems" in checked || problems.length > 0) throw new UsageError(problems);
  const { scenario } = checked;
  const timeouts = grantedTimeouts(scenario, mannersOf(scenario, flags.target === undefined));
  const load = settleLoad(scenario, forms);
  const seed = flags.seed ?? String(randomInt(2 ** 32));
  const lacking = credentialProblems(file?.devices ?? [], { cohorts: scenario.fleet.cohorts, seed, first: 0 });
  if (lacking.length > 0) throw new UsageError(lacking);
  return { scenario, seed, load, timeouts, timeout: Math.max(...timeouts), devices: file?.devices, baseline, flags };
}

/** The scenario as given, with what the flags say in its place. */
function override(given: ScenarioInput, flags: RunArguments, problems: string[]): ScenarioInput {
  const { fleet, workload } = given;
  return {
    ...given,
    ...present({ dialect: flags.dialect, server: overrideServer(given.server, flags) }),
    fleet: {
      ...fleet,
      ...present({
        devices: flags.devices,
        connectRate: flags.connectRate,
        clientCalls: overrideClientCalls(fleet.clientCalls, flags, problems),
        telemetry: flags.telemetryRate === undefined ? undefined : { ...fleet.telemetry, rate: flags.telemetryRate },
      }),
    },
    ...overrideCalls(given, flags, problems),
    workload: overrideWorkload(workload, flags, problems),
    ...present({ stall: readStall(flags.stall, problems), targets: flags.targets }),
    ...present({ caller: overrideCaller(given.caller, flags) }),
    ...(flags.gate === undefined ? {} : { gates: [...(given.gates ?? []), ...flags.gate] }),
  };
}

/** Flags that describe the call have nothing to apply to when there are several kinds of it; the timeout applies to all. */
function overrideCalls(
  { call, calls }: ScenarioInput,
  { method, oneway, persistent, payloadBytes, timeout }: RunArguments,
  problems: string[],
): Pick<ScenarioInput, "call" | "calls"> {
  const said = present({ method, oneway, persistent, payloadBytes });
  if (!Array.isArray(calls)) return call === undefined ? {} : { call: { ...call, ...said, ...present({ timeout }) } };
  for (const name of Object.keys(said)) {
    problems.push(`--${kebab(name)}: this scenario has several kinds of calls; change them in a scenario file`);
  }
  return { ...present({ call }), calls: calls.map((kind) => ({ ...kind, ...present({ timeout }) })) };
}

function overrideCaller(caller: ScenarioInput["caller"], flags: RunArguments): ScenarioInput["caller"] {
  const said = present({ abort: flags.abort, retry: flags.retry, pollInterval: flags.pollInterval });
  return Object.keys(said).length === 0 ? caller : { ...caller, ...said };
}

function overrideWorkload(
  workload: ScenarioInput["workload"],
  flags: RunArguments,
  problems: string[],
): ScenarioInput["workload"] {
  const { rate, shape, arrivals, duration, callers, think } = flags;
  if (rate !== undefined && shape !== undefined) problems.push("--shape: has rates of its own; leave out --rate");
  if (callers !== undefined) return closedInstead(workload, flags, problems);
  if (workload.kind === "closed") {
    if (rate !== undefined) problems.push("--rate: this scenario's workload is closed; use --callers");
    if (shape !== undefined) problems.push("--shape: this scenario's workload is closed and has no rate");
    return { ...workload, ...present({ duration, think }) };
  }
  if (think !== undefined) problems.push("--think: only the callers of a closed workload think; add --callers");
  if (workload.kind === "open") {
    const { rate: ownRate, shape: ownShape, ...rest } = workload;
    const said = present({ rate, shape });
    const offered = Object.keys(said).length === 0 ? present({ rate: ownRate, shape: ownShape }) : said;
    return { ...rest, ...offered, ...present({ arrivals, duration }) };
  }
  if (shape === undefined) return { ...workload, ...present({ from: rate, arrivals, stepDuration: duration }) };
  return { kind: "open", shape, duration: duration ?? workload.stepDuration, ...present({ arrivals }) };
}

function closedInstead(
  workload: ScenarioInput["workload"],
  { callers = 1, rate, shape, duration, think }: RunArguments,
  problems: string[],
): ScenarioInput["workload"] {
  if (rate !== undefined) problems.push("--callers: a closed workload has no rate; leave out --rate");
  if (shape !== undefined) problems.push("--callers: a closed workload has no rate; leave out --shape");
  const own = workload.kind === "steps" ? workload.stepDuration : workload.duration;
  const thought = think ?? (workload.kind === "closed" ? workload.think : undefined);
  return { kind: "closed", callers, duration: duration ?? own, ...present({ think: thought }) };
}

function overrideServer(
  server: ScenarioInput["server"],
  { minTimeout, strategy, quirk: quirks }: RunArguments,
): ScenarioInput["server"] {
  const said = present({ minTimeout, strategy, quirks });
  return Object.keys(said).length === 0 ? server : { ...server, ...said };
}

/** Without a rate from either side there are no such calls, and what else is said of them has nothing to apply to. */
function overrideClientCalls(
  calls: ScenarioInput["fleet"]["clientCalls"],
  { clientRate, clientMethod, clientTimeout }: RunArguments,
  problems: string[],
): ScenarioInput["fleet"]["clientCalls"] {
  const rate = clientRate ?? calls?.rate;
  if (rate !== undefined) return { ...calls, rate, ...present({ method: clientMethod, timeout: clientTimeout }) };
  if (clientMethod !== undefined)
    problems.push("--client-method: devices make no calls of their own without --client-rate");
  if (clientTimeout !== undefined)
    problems.push("--client-timeout: devices make no calls of their own without --client-rate");
  return calls;
}

function readStall(text: string | undefined, problems: string[]): ScenarioInput["stall"] {
  if (text === undefined) return undefined;
  const [length = "", at = ""] = text.split("@");
  if (parseDuration(length) === undefined || parseDuration(at) === undefined) {
    problems.push(`--stall: expected <for>@<at> such as 1s@5s, got "${text}"`);
    return undefined;
  }
  return { for: length, at };
}

function gateProblems({ gates }: ScenarioInput): string[] {
  const problems: string[] = [];
  for (const text of gates ?? []) {
    const gate = parseGate(String(text));
    if (!("operator" in gate)) problems.push(gate.message);
  }
  return problems;
}

function targetProblems({ stall, fleet }: ScenarioInput, flags: RunArguments): string[] {
  const problems = provisionProblems(flags);
  const cohorts = Array.isArray(fleet.cohorts) ? fleet.cohorts : [];
  const ports = portsOf(cohorts);
  if (flags.ca !== undefined && !existsSync(flags.ca)) problems.push(`--ca: no file ${flags.ca}`);
  if (flags.devicesFile !== undefined && cohorts.some(({ transport }) => /^\s*gateway/.test(transport ?? ""))) {
    problems.push("--devices-file: devices behind gateways are made by the run, which makes the gateways too");
  }
  if (flags.target === undefined) return problems;
  const { minTimeout, strategy, quirk } = flags;
  if (ports.has("ws") && flags.wsPort === undefined) problems.push("--ws-port: needed for devices that speak ws");
  if (!/^https?:\/\/[^/]+\/?$/.test(flags.target))
    problems.push(`--target: expected http://host:port, got "${flags.target}"`);
  for (const [name, value] of Object.entries({ minTimeout, strategy, quirk })) {
    if (value !== undefined) problems.push(`--${kebab(name)}: only a run's own server can be set; leave out --target`);
  }
  if (stall !== undefined) problems.push("--stall: only the embedded server can be paused; leave out --target");
  return problems;
}

function provisionProblems({ provisionKey, provisionSecret, devicesFile, target }: RunArguments): string[] {
  if (provisionKey === undefined && provisionSecret === undefined) return [];
  const problems: string[] = [];
  if (provisionKey === undefined) problems.push("--provision-key: needed with --provision-secret");
  if (provisionSecret === undefined) problems.push("--provision-secret: needed with --provision-key");
  if (devicesFile !== undefined) problems.push("--provision-key: devices of --devices-file are there already");
  if (target === undefined)
    problems.push("--provision-key: a server started for the run has no such profile; needs --target");
  return problems;
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function quirkProblems({ server }: ScenarioInput): string[] {
  const known: readonly string[] = QUIRK_NAMES;
  const unknown = (server?.quirks ?? []).filter((name) => !known.includes(name));
  return unknown.map((name) => `unknown quirk "${name}", expected one of ${known.join(", ")}`);
}

/** The members that are set: an absent flag leaves the scenario's own value. */
function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
