import { defineScenario } from "./scenario.ts";

/** People at screens: they think between calls, some leave before the answer, and who gets none asks again. */
export const scenario = defineScenario({
  name: "impatient-callers",
  description: "A hundred callers who think between calls, give a few of them up, and repeat what timed out.",
  fleet: {
    devices: 500,
    cohorts: [{ name: "all", latency: "lognormal(p50=100ms, p99=2s)", faults: ["drop(p=2%)"] }],
  },
  call: { method: "getValue", timeout: "5s" },
  caller: {
    abort: "abort(p=2%, after=300ms)",
    retry: "retry(on=timeout|cancelled, attempts=2, backoff=jitter(first=200ms, cap=1s), key=new)",
  },
  workload: { kind: "closed", callers: 100, think: "exponential(mean=1s)", duration: "20s" },
});
