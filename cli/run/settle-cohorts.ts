/**
 * The cohorts of a run with everything filled in: what flags say in place of the scenario, what a persona brings, and the data of
 * files in place of their names. Every wrong form is a problem, named once.
 */
import { resolve } from "node:path";
import { DIALECTS, effectiveTimeout } from "../../protocol/dialect.ts";
import { MOST_FAULTS } from "../../protocol/responder.ts";
import { parseDuration, SECOND } from "../../protocol/time.ts";
import type { ScenarioInput } from "../../scenarios/scenario.ts";
import { isProblem } from "../../simulator/behaviour/form.ts";
import { parseLatency } from "../../simulator/behaviour/latency.ts";
import { PERSONAS } from "../../simulator/behaviour/personas.ts";
import type { DeviceFault } from "../../simulator/fault/device-fault.ts";
import { parseFault } from "../../simulator/fault/parse-fault.ts";
import { loadBehaviour } from "../../simulator/fleet/behaviour-file.ts";
import { parseReconnect } from "../../simulator/fleet/reconnect.ts";
import { parseTransport } from "../../simulator/fleet/transport-form.ts";
import { inlineLatencyFiles } from "./latency-files.ts";
import type { RunArguments } from "./run-arguments.ts";

type Cohorts = NonNullable<ScenarioInput["fleet"]["cohorts"]>;
type CohortInput = Cohorts[number];

const DEFAULT_COHORTS: Cohorts = [{ name: "all" }];

/** The scenario with its cohorts settled; what is wrong with them is added to `problems`. */
export function settleCohorts(given: ScenarioInput, flags: RunArguments, problems: string[]): ScenarioInput {
  const { cohorts } = given.fleet;
  if (cohorts !== undefined && !Array.isArray(cohorts)) return given;
  const found = new Set<string>();
  const timeout = timeoutOf(given);
  const settled = (cohorts ?? DEFAULT_COHORTS).map((cohort) => {
    const full = withPersona(overridden(cohort, flags), found);
    checkTransport(full, given.fleet.clientCalls !== undefined, found);
    return checked(full, timeout, found);
  });
  problems.push(...found);
  return { ...given, fleet: { ...given.fleet, cohorts: settled } };
}

/** What a flag says is said of every cohort; a persona takes the place of all that the scenario says of its devices. */
function overridden(cohort: CohortInput, flags: RunArguments): CohortInput {
  const { persona, latency, fault: faults, reconnect, behaviour, transport } = flags;
  const said = Object.entries({ persona, latency, faults, reconnect, behaviour, transport });
  const { name, weight, transport: spoken } = cohort;
  const kept = { ...(weight === undefined ? {} : { weight }), ...(spoken === undefined ? {} : { transport: spoken }) };
  const own = persona === undefined ? cohort : { name, ...kept };
  return { ...own, ...Object.fromEntries(said.filter(([, value]) => value !== undefined)) };
}

/** A persona's faults come first; what the cohort says itself stands in place of the rest. */
function withPersona(cohort: CohortInput, problems: Set<string>): CohortInput {
  if (cohort.persona === undefined) return cohort;
  const persona = PERSONAS.get(cohort.persona);
  if (persona === undefined) {
    problems.add(`unknown persona "${cohort.persona}", expected one of ${[...PERSONAS.keys()].join(", ")}`);
    return cohort;
  }
  const { about: _, ...bundle } = persona;
  return { ...bundle, ...cohort, faults: [...bundle.faults, ...(cohort.faults ?? [])] };
}

function checked(cohort: CohortInput, timeout: number, problems: Set<string>): CohortInput {
  checkFaults(cohort, timeout, problems);
  if (cohort.reconnect !== undefined) {
    const policy = parseReconnect(String(cohort.reconnect));
    if (isProblem(policy)) problems.add(`reconnect "${cohort.reconnect}": ${policy.message}`);
  }
  const latency = settledLatency(cohort.latency, timeout, problems);
  const behaviour = settledBehaviour(cohort.behaviour, problems);
  return {
    ...cohort,
    ...(latency === undefined ? {} : { latency }),
    ...(behaviour === undefined ? {} : { behaviour }),
  };
}

function checkFaults({ name, faults = [] }: CohortInput, timeout: number, problems: Set<string>): void {
  const earlier: DeviceFault[] = [];
  for (const text of faults) {
    const fault = parseFault(String(text), { timeout }, earlier);
    if (isProblem(fault)) problems.add(`fault "${text}": ${fault.message}`);
    else earlier.push(fault);
  }
  if (faults.length > MOST_FAULTS) {
    problems.add(`cohort ${name}: expected at most ${MOST_FAULTS} faults, got ${faults.length}`);
  }
}

/** A fault that has nothing to act on over a transport is a mistake of the author, as is a call that cannot be answered. */
function checkTransport({ transport, faults = [] }: CohortInput, calls: boolean, problems: Set<string>): void {
  const text = String(transport ?? "mqtt");
  const parsed = parseTransport(text);
  if (isProblem(parsed)) {
    problems.add(`transport "${text}": ${parsed.message}`);
    return;
  }
  for (const form of faults) {
    const fault = parseFault(String(form), { timeout: 0 });
    if (isProblem(fault) || fault.kind.transports?.includes(parsed.name) !== false) continue;
    const fitting = fault.kind.transports.join(", ");
    problems.add(`fault "${form}": makes no sense over ${parsed.name}, only over ${fitting}`);
  }
  if (parsed.kind === "gateway" && calls) {
    problems.add(
      `transport "${text}": a gateway drops the answers to calls of its devices; leave out fleet.clientCalls`,
    );
  }
}

function settledLatency(text: string | undefined, timeout: number, problems: Set<string>): string | undefined {
  if (text === undefined) return undefined;
  const inlined = inlineLatencyFiles(String(text));
  const latency = typeof inlined === "string" ? parseLatency(inlined, timeout) : inlined;
  if (isProblem(latency)) problems.add(`latency "${text}": ${latency.message}`);
  return typeof inlined === "string" ? inlined : undefined;
}

/** An absolute path: the fleet's threads load the file themselves. */
function settledBehaviour(path: string | undefined, problems: Set<string>): string | undefined {
  if (path === undefined) return undefined;
  const absolute = resolve(path);
  const loaded = loadBehaviour(absolute);
  if ("problem" in loaded) problems.add(`behaviour: ${loaded.problem}`);
  return absolute;
}

/** The timeout that forms are relative to, as far as it can be told from a scenario that may be wrong. */
function timeoutOf({ dialect, call, calls, server }: ScenarioInput): number {
  const kinds = Array.isArray(calls) ? calls : [call];
  const asked = Math.max(...kinds.map((kind) => parseDuration(String(kind?.timeout ?? "10s")) ?? 10 * SECOND));
  const manners = DIALECTS[dialect ?? "tb-v1"] ?? DIALECTS["tb-v1"];
  const minTimeout = parseDuration(String(server?.minTimeout)) ?? manners.minTimeout;
  return effectiveTimeout({ ...manners, minTimeout }, asked);
}
