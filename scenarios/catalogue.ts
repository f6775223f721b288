/** The scenarios that come with rpcfleet, in the order in which they are listed. */
import type { ScenarioInput } from "./scenario.ts";
import { scenario as throughput } from "./throughput.ts";
import { scenario as timeoutBehaviour } from "./timeout-behaviour.ts";
import { scenario as twoWayLatency } from "./two-way-latency.ts";

export const DEFAULT_SCENARIO = "two-way-latency";

export const CATALOGUE: ReadonlyMap<string, ScenarioInput> = new Map(
  [twoWayLatency, timeoutBehaviour, throughput].map((scenario) => [scenario.name, scenario]),
);
