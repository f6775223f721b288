/** What Prometheus reads at /metrics: totals the server counts anyway, read when asked, and a histogram of how long calls took. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RpcStatus } from "../protocol/requester/rpc-status.ts";
import type { Duration } from "../protocol/time.ts";
import type { DriverTotals } from "./driver.ts";

export interface MetricSources {
  readonly totals: () => DriverTotals;
  readonly sessions: () => number;
  readonly drained: () => number;
  /** Stored persistent calls that something can still become of. */
  readonly unfinished: () => ReadonlyMap<RpcStatus, number>;
  /** How often persistent calls came to each status. */
  readonly statusChanges: () => ReadonlyMap<RpcStatus, number>;
}

const UNFINISHED = ["QUEUED", "SENT", "DELIVERED", "TIMEOUT"] as const;
const COUNTED = [...UNFINISHED, "SUCCESSFUL", "EXPIRED", "FAILED"] as const;

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const US_PER_S = 1_000_000;
const NS_PER_S = 1e9;
const DELAY_RESOLUTION_MS = 20;

export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #duration: Histogram;

  constructor(sources: MetricSources) {
    const registers = [this.#registry];
    this.#duration = new Histogram({
      name: "rpcfleet_call_duration_seconds",
      help: "From the admission of a lightweight call to its end",
      buckets: SECONDS,
      registers,
    });
    new Counter({
      name: "rpcfleet_calls_total",
      help: "Ended lightweight calls by how they ended",
      labelNames: ["settlement"],
      registers,
      collect() {
        this.reset();
        for (const [settlement, count] of Object.entries(sources.totals().settled)) this.inc({ settlement }, count);
      },
    });
    new Counter({
      name: "rpcfleet_strays_total",
      help: "Replies without an open call",
      labelNames: ["kind"],
      registers,
      collect() {
        this.reset();
        for (const [kind, count] of Object.entries(sources.totals().strays)) this.inc({ kind }, count);
      },
    });
    this.#gauge("rpcfleet_calls_in_flight", "Calls admitted and not ended", () => sources.totals().pending);
    this.#gauge("rpcfleet_device_sessions", "Open connections of devices", sources.sessions);
    this.#gauge("rpcfleet_drained_devices", "Devices disconnected for leaving their socket full", sources.drained);
    this.#persistentCalls(sources);
    this.#eventLoopDelay();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A lightweight call ended. */
  ended(duration: Duration): void {
    this.#duration.observe(duration / US_PER_S);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Contract 5.1. The gauge is read from the rows, so deleted devices and calls of an earlier life are right in it. */
  #persistentCalls({ unfinished, statusChanges }: MetricSources): void {
    new Gauge({
      name: "rpcfleet_persistent_calls",
      help: "Stored persistent calls that are not ended, by status",
      labelNames: ["status"],
      registers: [this.#registry],
      collect() {
        const counts = unfinished();
        for (const status of UNFINISHED) this.set({ status }, counts.get(status) ?? 0);
      },
    });
    new Counter({
      name: "rpcfleet_persistent_calls_total",
      help: "Changes of persistent calls to each status since the start; QUEUED also when they are accepted",
      labelNames: ["status"],
      registers: [this.#registry],
      collect() {
        this.reset();
        const counts = statusChanges();
        for (const status of COUNTED) this.inc({ status }, counts.get(status) ?? 0);
      },
    });
  }

  /** The monitor wakes the process fifty times a second, so it starts with the first reading; each shows the time since the last. */
  #eventLoopDelay(): void {
    let monitor: ReturnType<typeof monitorEventLoopDelay> | undefined;
    this.#gauge("rpcfleet_event_loop_delay_max_seconds", "Worst delay of the event loop since the last reading", () => {
      if (monitor === undefined) {
        monitor = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
        monitor.enable();
        return 0;
      }
      // An idle loop reads as the resolution itself.
      const worst = Math.max(0, monitor.max / NS_PER_S - DELAY_RESOLUTION_MS / 1_000);
      monitor.reset();
      return worst;
    });
  }
}
