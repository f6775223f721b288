/** What a connected device costs the simulator: our session against MQTT.js, each kind in a fresh process, on the same server. */
import { setTimeout as sleep } from "node:timers/promises";
import { startFile } from "./children.ts";
import type { ConnectCost, ConnectProcessOptions } from "./connect-process.ts";
import type { Row, Section } from "./figures.ts";
import type { BenchServer } from "./our-side.ts";
import type { BenchSize } from "./size.ts";

/** The server forgets the connections of the last process in this time. */
const REST_MS = 1_000;

export async function measureDevices(
  server: BenchServer,
  size: BenchSize,
  say: (line: string) => void,
): Promise<Section> {
  const ours: ConnectCost[] = [];
  const theirs: ConnectCost[] = [];
  for (let repetition = 1; repetition <= size.repetitions; repetition++) {
    say(`connecting devices: repetition ${repetition} of ${size.repetitions}`);
    ours.push(await measureOnce(server, size, { kind: "session", tag: `ours-${repetition}` }));
    theirs.push(await measureOnce(server, size, { kind: "mqttjs", tag: `theirs-${repetition}` }));
  }
  const row = (name: string, unit: string, pick: (cost: ConnectCost) => number): Row => {
    return { name, unit, better: "less", ours: ours.map(pick), theirs: theirs.map(pick) };
  };
  return {
    repetitions: size.repetitions,
    title: `Connected devices (${size.connections.toLocaleString("en")} connections, each subscribed once)`,
    ours: "our session",
    theirs: "MQTT.js 5, default options",
    rows: [
      { ...row("memory", "RSS KiB/connection", ({ rssBytes }) => rssBytes / 1_024), goal: 1.5 },
      row("memory", "heap KiB/connection", ({ heapBytes }) => heapBytes / 1_024),
      row("connecting", "CPU-us/connection", ({ cpuUs }) => cpuUs),
    ],
    notes: ["RSS is growth after garbage collection and leaves out the kernel's socket buffers"],
  };
}

async function measureOnce(
  { mqttPort, devices }: BenchServer,
  { warmUpConnections, connections }: BenchSize,
  which: Pick<ConnectProcessOptions, "kind" | "tag">,
): Promise<ConnectCost> {
  const tokens = devices.slice(0, warmUpConnections + connections).map(({ token }) => token);
  const options: ConnectProcessOptions = {
    ...which,
    port: mqttPort,
    warmUp: tokens.slice(0, warmUpConnections),
    tokens: tokens.slice(warmUpConnections),
  };
  const child = startFile("./connect-process.ts", options, ["--expose-gc"]);
  const cost = await child.next<ConnectCost>("cost");
  await child.stop();
  await sleep(REST_MS);
  return cost;
}
