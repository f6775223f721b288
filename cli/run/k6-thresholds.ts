/**
 * Gates as thresholds of k6, so that its own console judges as the report does. A Gate on what k6 does not see (the devices' own
 * time, strays, the generator's health, throughput without the lead, windows, a baseline) has none, nor has any Gate of a workload in several steps,
 * each of which is a k6 of its own.
 */
import { MILLISECOND } from "../../protocol/time.ts";
import { type Gate, parseGate } from "../../reports/gate.ts";
import type { K6Thresholds } from "../../simulator/caller/k6-plan.ts";

/** Names of the metrics in scenarios/k6/main.ts, which counts in milliseconds as k6 does. */
const TRENDS: Readonly<Record<string, string>> = {
  responseTime: "rpc_rtt",
  responseTimeAll: "rpc_rtt_all",
  serviceTime: "rpc_service",
  sendLag: "rpc_lag",
};

export function k6Thresholds(gates: readonly string[], steps: number): K6Thresholds {
  const thresholds: Record<string, string[]> = {};
  if (steps > 1) return thresholds;
  for (const text of gates) {
    const gate = parseGate(text);
    const threshold = gate.kind === "problem" ? undefined : thresholdOf(gate);
    if (threshold === undefined) continue;
    const [metric, condition] = threshold;
    thresholds[metric] = [...(thresholds[metric] ?? []), condition];
  }
  return thresholds;
}

function thresholdOf(gate: Gate): readonly [metric: string, condition: string] | undefined {
  if (gate.kind === "latency") {
    const metric = TRENDS[gate.series];
    if (metric === undefined || gate.window !== undefined || gate.limit.kind === "baseline") return undefined;
    return [metric, `${statisticOf(gate)}${gate.operator}${gate.limit.us / MILLISECOND}`];
  }
  if (gate.kind !== "count" || gate.counted.kind !== "outcome") return undefined;
  const metric = `rpc_${gate.counted.name}`;
  return gate.isShare
    ? [metric, `rate${gate.operator}${gate.limit}`]
    : [`${metric}_count`, `count${gate.operator}${gate.limit}`];
}

function statisticOf({ statistic }: Extract<Gate, { kind: "latency" }>): string {
  if (statistic.kind === "quantile") return `p(${Number(`${statistic.p}e2`)})`;
  return statistic.kind === "mean" ? "avg" : statistic.kind;
}
