/** The kinds of calls of a run: as a caller is told of them, and as a report names them. */
import { type CallBody, callBody } from "../../protocol/call-body.ts";
import { DIALECTS, type Dialect, effectiveTimeout } from "../../protocol/dialect.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import type { KindFacts } from "../../reports/run-record.ts";
import type { CallSpec, Scenario } from "../../scenarios/scenario.ts";
import type { CallKind } from "../../simulator/caller/call-batch.ts";

/** After the server's own answer of last resort (timeout + 1 s) a caller waits this much longer. */
export const CALLER_PATIENCE = 3 * SECOND;

/** The manners of the run's server; `own`: it is started for the run, with the scenario's settings. */
export function mannersOf({ dialect, server }: Scenario, own: boolean): Dialect {
  const minTimeout = (own ? server?.minTimeout : undefined) ?? DIALECTS[dialect].minTimeout;
  return { ...DIALECTS[dialect], minTimeout };
}

/** Timeout of each kind of call as its server will apply it. */
export function grantedTimeouts({ calls }: Scenario, manners: Dialect): Duration[] {
  return calls.map(({ timeout }) => effectiveTimeout(manners, timeout));
}

/** For each kind of a checked run. */
export function buildKinds(scenario: Scenario, timeouts: readonly Duration[], runTag: string): CallKind[] {
  return scenario.calls.map((call, kind) => ({
    oneway: call.oneway,
    persistent: call.persistent,
    body: bodyOf(call, runTag, isKeyed(scenario)) as CallBody,
    clientTimeout: (timeouts[kind] as Duration) + CALLER_PATIENCE,
  }));
}

export function kindFacts({ calls }: Scenario, timeouts: readonly Duration[]): KindFacts[] {
  return calls.map((call, kind) => ({
    name: call.name,
    method: call.method,
    type: typeText(call),
    timeout: timeouts[kind] as Duration,
  }));
}

export function typeText({ oneway, persistent }: Pick<CallSpec, "oneway" | "persistent">): KindFacts["type"] {
  const way = oneway ? "one-way" : "two-way";
  return persistent ? `persistent ${way}` : way;
}

/** What is wrong with the kinds of calls of a scenario that is well formed. */
export function kindProblems(scenario: Scenario): string[] {
  const problems: string[] = [];
  for (const call of scenario.calls) {
    const body = bodyOf(call, "00000000", isKeyed(scenario));
    if ("least" in body) {
      problems.push(
        `call ${call.name}: payloadBytes must be at least ${body.least}, what the body takes without padding, got ${call.payloadBytes}`,
      );
    }
    if (call.persistent && scenario.dialect === "tempus") {
      problems.push(`call ${call.name}: tempus has no persistent calls; choose the dialect tb-v1 or tb-v2`);
    }
  }
  return problems;
}

function bodyOf(call: CallSpec, runTag: string, keyed: boolean): CallBody | { readonly least: number } {
  const { method, params, timeout, persistent, payloadBytes: size } = call;
  return callBody({ method, params, timeout, persistent, runTag, size, keyed });
}

function isKeyed({ caller }: Scenario): boolean {
  return caller.retry !== undefined && /key\s*=/.test(caller.retry);
}
