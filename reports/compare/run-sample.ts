/** Runs for tests without a file: figures of a fixture with what the test says in their place. */
import { fixtureRecord } from "../fixture.ts";
import { summarize } from "../summary.ts";
import type { MeasuredRun } from "./measured-run.ts";

const FIGURES = summarize(fixtureRecord());

export interface SampleRun {
  readonly seed: string;
  /** Minutes after the first. */
  readonly minute: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly timeouts: number;
  readonly health: "healthy" | "invalid";
  readonly interrupted: boolean;
  readonly latency: string;
}

const DEFAULTS: SampleRun = {
  seed: "1",
  minute: 0,
  p50: 50_000,
  p99: 90_000,
  timeouts: 0,
  health: "healthy",
  interrupted: false,
  latency: "constant(50ms)",
};

/** A run of 1,000 calls: p50 50 ms, p99 90 ms, no timeouts. */
export function sampleRun(changes: Partial<SampleRun> = {}): MeasuredRun {
  const { seed, minute, p50, p99, timeouts, health, interrupted, latency } = { ...DEFAULTS, ...changes };
  const startedAt = new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();
  const rows = FIGURES.health.rows.map((row) => (row.name === "send lag p99" ? { ...row, verdict: health } : row));
  return {
    path: `runs/${minute}-${seed}`,
    figures: {
      ...FIGURES,
      seed,
      interrupted,
      window: { ...FIGURES.window, startedAt },
      counts: { ...FIGURES.counts, timeout: timeouts },
      responseTimeUs: { ...FIGURES.responseTimeUs, p50, p99 },
      health: { verdict: health, rows },
    },
    configuration: { scenario: { "fleet.cohorts[0].latency": latency }, setting: { "host.node": "v20.20.2" } },
    responseTime: undefined,
  };
}

/** Interleaved pairs (ABBA) with these p99, in milliseconds. */
export function samplePairs(a: readonly number[], b: readonly number[], changes: Partial<SampleRun> = {}) {
  const runs = (values: readonly number[], second: boolean): MeasuredRun[] =>
    values.map((p99, pair) => {
      const isLater = second === (pair % 2 === 0);
      return sampleRun({ ...changes, seed: String(pair), minute: 2 * pair + (isLater ? 1 : 0), p99: p99 * 1_000 });
    });
  return { a: { label: "base", runs: runs(a, false) }, b: { label: "candidate", runs: runs(b, true) } };
}
