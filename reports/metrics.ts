/** A run as metrics, before any format: what OpenMetrics and OpenTelemetry are both written from, so that they cannot differ. */
import { CLIENT_OUTCOMES } from "../protocol/client-call-records.ts";
import { OUTCOMES } from "../protocol/outcome.ts";
import { SECOND } from "../protocol/time.ts";
import { type Fold, foldCalls, type JoinedCalls } from "./joined-calls.ts";
import type { RunRecord } from "./run-record.ts";
import { isAnswered } from "./series.ts";
import { Spread } from "./spread.ts";
import type { Distribution, Summary, Unit } from "./summary-schema.ts";

export type Labels = Readonly<Record<string, string>>;

interface Point {
  readonly labels: Labels;
  readonly value: number;
}

/** Durations are in seconds, the base unit of both formats. A figure that a run withholds has no point. */
export type Metric = {
  /** Without the project's prefix and without the unit, such as `response_time`. */
  readonly name: string;
  readonly help: string;
  readonly unit: "seconds" | "";
} & (
  | { readonly kind: "counter" | "gauge"; readonly points: readonly Point[] }
  | {
      readonly kind: "quantiles";
      readonly n: number;
      readonly mean: number | undefined;
      readonly points: readonly Quantile[];
    }
  | { readonly kind: "histogram"; readonly spread: Spread }
);

interface Quantile {
  /** A share; 0 is the minimum and 1 the maximum. */
  readonly share: number;
  readonly value: number;
}

const QUANTILES = [
  ["min", 0],
  ["p50", 0.5],
  ["p90", 0.9],
  ["p95", 0.95],
  ["p99", 0.99],
  ["p999", 0.999],
  ["max", 1],
] as const satisfies readonly (readonly [keyof Distribution, number])[];

/** What every metric of a run is labelled with. */
export function runLabels({ scenario, engine, seed }: Summary): Labels {
  return { scenario, engine, seed };
}

/** Every metric of a run. The Summary is that of the record. */
export function runMetrics(record: RunRecord, summary: Summary): Metric[] {
  return [
    ...runState(summary),
    ...callCounts(summary),
    ...durations(summary),
    ...clientCalls(summary),
    ...spreads(record),
    ...gates(summary),
    ...health(summary),
  ];
}

const one = (name: string, help: string, value: number, kind: "counter" | "gauge" = "gauge"): Metric => ({
  name,
  help,
  unit: "",
  kind,
  points: [{ labels: {}, value }],
});

function runState({ window, interrupted, verdict, throughput, fleet, timeoutUs }: Summary): Metric[] {
  return [
    { ...one("run_duration", "Length of the measured window", window.durationS), unit: "seconds" },
    { ...one("call_timeout", "Timeout of a call", timeoutUs / SECOND), unit: "seconds" },
    one("run_interrupted", "1 when the run was ended before its plan was through", interrupted ? 1 : 0),
    verdictOf("run_verdict", "The verdict of the run, as a label; always 1", [[{}, verdict]]),
    one("offered_calls_per_second", "Calls planned per second of the window", throughput.offeredPerS),
    one("achieved_calls_per_second", "Calls answered ok per second of the window", throughput.achievedPerS),
    one("devices", "Devices of the fleet", fleet.devices),
    one("devices_connected", "Devices that connected", fleet.connected),
    one("lost_connections", "Connections that ended without the plan asking for it", fleet.lostConnections, "counter"),
  ];
}

function callCounts({ counts, strays, requests, violations }: Summary): Metric[] {
  const byKind = (name: string, help: string, kinds: Readonly<Record<string, number>>): Metric => ({
    name,
    help,
    unit: "",
    kind: "counter",
    points: Object.entries(kinds).map(([kind, value]) => ({ labels: { kind }, value })),
  });
  const { late, duplicate, unknown } = strays;
  return [
    one("planned_calls", "Calls of the plan; the sum of calls over all outcomes", counts.planned, "counter"),
    one("sent_calls", "Calls that were sent", counts.sent, "counter"),
    {
      ...one("calls", "Calls by outcome; each planned call has exactly one", 0, "counter"),
      kind: "counter",
      points: OUTCOMES.map((outcome) => ({ labels: { outcome }, value: counts[outcome] })),
    },
    byKind("stray_replies", "Replies without an open call", { late, duplicate, unknown }),
    byKind("device_requests", "Requests as the devices received them", requests),
    one("wrong_replies", "Calls that were given the reply of another call", violations.replyIntegrity, "counter"),
  ];
}

function durations(summary: Summary): Metric[] {
  return [
    ...quantiles("response_time", "Settled less intended start, answered calls", summary.responseTimeUs),
    ...quantiles(
      "response_time_with_timeouts",
      "The same, and calls without an answer at the time they waited",
      summary.responseTimeAllUs,
    ),
    ...quantiles("service_time", "Settled less actual send, answered calls", summary.serviceTimeUs),
    ...quantiles("send_lag", "Actual send less intended start", summary.sendLagUs),
    ...quantiles("overhead", "Service time less programmed device time, ok calls", summary.overheadUs),
    ...quantiles("device_time", "What devices were programmed to take", summary.deviceTimeUs),
    ...quantiles("reply_lag", "How much longer devices took than programmed", summary.replyLagUs),
  ];
}

function quantiles(name: string, help: string, distribution: Distribution): Metric[] {
  const points = QUANTILES.flatMap(([key, share]) => {
    const us = distribution[key];
    return us === null ? [] : [{ share, value: us / SECOND }];
  });
  const mean = distribution.mean === null ? undefined : distribution.mean / SECOND;
  const means = mean === undefined ? [] : [{ labels: {}, value: mean }];
  return [
    { name, help, unit: "seconds", kind: "quantiles", n: distribution.n, mean, points },
    { name: `${name}_mean`, help: `Mean of: ${help}`, unit: "seconds", kind: "gauge", points: means },
  ];
}

function clientCalls({ clientCalls: calls }: Summary): Metric[] {
  if (calls === undefined) return [];
  const points = CLIENT_OUTCOMES.map((outcome) => ({ labels: { outcome }, value: calls.counts[outcome] }));
  return [
    one("planned_device_calls", "Calls that devices were to make themselves", calls.planned, "counter"),
    { name: "device_calls", help: "Calls of devices by outcome, as they saw it", unit: "", kind: "counter", points },
    ...quantiles("device_call_response_time", "Calls of devices, from the intended start", calls.responseTimeUs),
    ...quantiles("device_call_service_time", "Calls of devices, from the actual send", calls.serviceTimeUs),
    ...quantiles("device_call_send_lag", "Calls of devices: actual send less intended start", calls.sendLagUs),
  ];
}

/** Every answered Call, for histograms: a quantile cannot be added to that of another run, a histogram can. */
class AnsweredSpread implements Fold {
  readonly response = new Spread();
  readonly service = new Spread();

  add({ length, outcome, intendedUs, sentUs, settledUs }: JoinedCalls): void {
    for (let row = 0; row < length; row += 1) {
      if (!isAnswered(outcome[row] as number)) continue;
      const settled = settledUs[row] as number;
      this.response.record(Math.max(0, settled - (intendedUs[row] as number)) / SECOND);
      this.service.record(Math.max(0, settled - (sentUs[row] as number)) / SECOND);
    }
  }
}

function spreads({ calls }: RunRecord): Metric[] {
  const answered = new AnsweredSpread();
  foldCalls(calls, answered);
  const histogram = (name: string, help: string, spread: Spread): Metric => ({
    name,
    help,
    unit: "seconds",
    kind: "histogram",
    spread,
  });
  return [
    histogram("response_time_spread", "Response time of answered calls", answered.response),
    histogram("service_time_spread", "Service time of answered calls", answered.service),
  ];
}

/** Two Gates may read the same: the index tells them apart. */
function gates({ gates: all }: Summary): Metric[] {
  const labelled = all.map((gate, index) => ({ gate, labels: { gate: gate.text, index: String(index) } }));
  return [
    verdictOf(
      "gate_verdict",
      "The verdict of a gate, as a label; always 1",
      labelled.map(({ gate, labels }) => [labels, gate.verdict]),
    ),
    measured(
      "gate_observed",
      "What a gate looks at, in the unit that its label names",
      labelled.map(({ gate, labels }) => ({ labels, value: gate.observed, unit: gate.unit })),
    ),
    measured(
      "gate_limit",
      "What a gate holds it against, in the unit that its label names",
      labelled.map(({ gate, labels }) => ({ labels, value: gate.limit, unit: gate.unit })),
    ),
  ];
}

function health({ health: { verdict, rows } }: Summary): Metric[] {
  const labelled = rows.map((row) => ({ row, labels: { check: row.name } }));
  return [
    verdictOf("health_verdict", "Verdict of the load generator on itself, as a label; always 1", [[{}, verdict]]),
    verdictOf(
      "health_check_verdict",
      "Verdict of one check of the load generator, as a label; always 1",
      labelled.map(({ row, labels }) => [labels, row.verdict]),
    ),
    measured(
      "health_check_value",
      "What a check saw, in the unit that its label names",
      labelled.map(({ row, labels }) => ({ labels, value: row.value, unit: row.unit })),
    ),
    measured(
      "health_check_limit",
      "Where a check draws the line, in the unit that its label names",
      labelled.map(({ row, labels }) => ({ labels, value: row.limit, unit: row.unit })),
    ),
  ];
}

function verdictOf(name: string, help: string, verdicts: readonly (readonly [Labels, string])[]): Metric {
  const points = verdicts.map(([labels, verdict]) => ({ labels: { ...labels, verdict }, value: 1 }));
  return { name, help, unit: "", kind: "gauge", points };
}

interface Measured {
  readonly labels: Labels;
  readonly value: number | null;
  readonly unit: Unit;
}

function measured(name: string, help: string, values: readonly Measured[]): Metric {
  const points = values.flatMap(({ labels, value, unit }) => {
    if (value === null) return [];
    return [
      unit === "us"
        ? { labels: { ...labels, unit: "seconds" }, value: value / SECOND }
        : { labels: { ...labels, unit }, value },
    ];
  });
  return { name, help, unit: "", kind: "gauge", points };
}
