/** What is wrong with flags that say nothing of the scenario. */
import type { RunArguments } from "./run-arguments.ts";

/** More threads than that are a slip of the finger. */
const MOST_SHARDS = 256;

export function plainProblems({ shards, seed, live, mqttPort, mqttsPort, wsPort, coapPort }: RunArguments): string[] {
  const problems: string[] = [];
  if (shards !== undefined && !isWhole(shards, MOST_SHARDS)) {
    problems.push(`--shards: expected a whole number from 1 to ${MOST_SHARDS}, got ${shards}`);
  }
  if (seed === "") problems.push("--seed: expected text that is not empty");
  if (live !== undefined && live !== "" && !(/^\d+$/.test(live) && Number(live) <= 65_535)) {
    problems.push(
      `--live: expected a port from 0 to 65535 or none, got "${live}"; --live=0 can stand before other words`,
    );
  }
  const ports = { "mqtt-port": mqttPort, "mqtts-port": mqttsPort, "ws-port": wsPort, "coap-port": coapPort };
  for (const [name, port] of Object.entries(ports)) {
    if (port !== undefined && !isWhole(port, 65_535)) {
      problems.push(`--${name}: expected a whole number from 1 to 65535, got ${port}`);
    }
  }
  return problems;
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}
