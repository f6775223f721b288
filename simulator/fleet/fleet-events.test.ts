import { expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { buildCohorts } from "./cohorts.ts";
import { fleetEvents } from "./fleet-events.ts";
import type { CohortPlan } from "./fleet-plan.ts";

function eventsOf(faults: readonly (readonly string[])[], until: number, latency = "constant(1ms)") {
  const plans: CohortPlan[] = faults.map((each, index) => ({
    name: `c${index}`,
    weight: 1,
    latency,
    faults: each,
    reconnect: "none",
    transport: "mqtt",
  }));
  const events = fleetEvents(buildCohorts(plans, SECOND), faults.flat(), until * SECOND);
  return events.map(({ at, label }) => [at / SECOND, label]);
}

it("names when each scheduled fault begins and ends, in order, and says nothing of those that always are", () => {
  const outage = "outage(start=2s, for=3s)";
  const drop = "drop(start=1s, stop=4s)";
  expect(eventsOf([["error(1%)", outage], [drop]], 100)).toEqual([
    [1, `${drop} begins`],
    [2, `${outage} begins`],
    [4, `${drop} ends`],
    [5, `${outage} ends`],
  ]);
});

it("names when latencies change, by cohort where there are several", () => {
  const phases = "phases(0s: constant(1ms), 10s: exponential(mean=1s), 20s: never)";
  expect(eventsOf([[]], 15, phases)).toEqual([[10, "latency exponential(mean=1s)"]]);
  expect(eventsOf([[], []], 25, phases)).toEqual([
    [10, "c0: latency exponential(mean=1s)"],
    [10, "c1: latency exponential(mean=1s)"],
    [20, "c0: latency never"],
    [20, "c1: latency never"],
  ]);
  const ramp = "ramp(from=constant(1ms), to=constant(1s), over=30s, start=5s)";
  expect(eventsOf([[]], 60, ramp)).toEqual([
    [5, "latency ramp begins"],
    [35, "latency ramp ends"],
  ]);
  expect(eventsOf([[]], 60, "phases(0s: constant(1ms), 10s: never, every=20s)")).toEqual([]);
});

it("leaves out what had not happened yet when the run ended", () => {
  expect(eventsOf([["storm(start=2s)", "outage(start=3s, for=9s)"]], 5)).toEqual([
    [2, "storm(start=2s) begins"],
    [3, "outage(start=3s, for=9s) begins"],
  ]);
});

it("is never more than a hundred", () => {
  expect(eventsOf([["outage(for=1s, every=2s)", "drop(for=1s, every=2s)"]], 1_000_000)).toHaveLength(100);
});
