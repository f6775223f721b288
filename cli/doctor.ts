import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { CommandModule } from "yargs";
import { formatMs } from "../reports/format.ts";
import { formatProblem } from "../scenarios/problem.ts";
import { k6CacheFolder, locateK6 } from "../simulator/caller/k6-locate.ts";
import { measureNoiseFloor } from "../simulator/caller/noise-floor.ts";
import { EXIT } from "./errors.ts";
import { descriptorLimit, readHostFacts } from "./run/host-facts.ts";

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

const PORTS = [
  [8080, "REST"],
  [1883, "MQTT"],
] as const;
const COAP_PORT = 5_683;
const NODE_MAJOR = 20;
const ENOUGH_DESCRIPTORS = 8_000;

export const doctorCommand: CommandModule<object, { json: boolean }> = {
  command: "doctor",
  describe: "Check what this machine offers: Node, descriptors, ports, k6, noise floor",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "As data" })
      .example("$0 doctor", "before the first big run"),
  handler: async ({ json }) => {
    const findings = [
      nodeFinding(),
      descriptorFinding(),
      await k6Finding(),
      ...(await Promise.all(PORTS.map(portFinding))),
      await coapFinding(),
      await noiseFinding(),
    ];
    if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    else for (const { ok, name, text } of findings) process.stdout.write(`${ok ? "ok  " : "warn"}  ${name}: ${text}\n`);
    process.exitCode = findings.every(({ ok }) => ok) ? EXIT.pass : EXIT.fail;
  },
};

function nodeFinding(): Finding {
  const { node, cpu, cores } = readHostFacts(undefined);
  const ok = Number(node.slice(1).split(".")[0]) >= NODE_MAJOR;
  return { name: "node", ok, text: `${node} on ${cores} cores (${cpu})${ok ? "" : `; needs ${NODE_MAJOR} or later`}` };
}

function descriptorFinding(): Finding {
  const limit = descriptorLimit() ?? Number.NaN;
  const text = `limit ${limit}, enough for about ${Math.max(0, limit - 2_200)} devices; raise it with ulimit -n`;
  return { name: "file descriptors", ok: limit >= ENOUGH_DESCRIPTORS, text };
}

async function k6Finding(): Promise<Finding> {
  const { K6_BIN, PATH } = process.env;
  const found = await locateK6({ flag: undefined, env: K6_BIN, path: PATH, cache: k6CacheFolder(process.env) });
  if ("path" in found) return { name: "k6", ok: true, text: `${found.version} at ${found.path}` };
  return { name: "k6", ok: false, text: `${formatProblem(found)}; only --engine k6 needs it` };
}

/** Nothing to put right, but what no figure measured here can be below, or finer than. */
async function noiseFinding(): Promise<Finding> {
  const { calls, p50, p99 } = await measureNoiseFloor();
  const text = `a call that takes nothing is measured as p50 ${formatMs(p50)} ms, p99 ${formatMs(p99)} ms (${calls} calls over loopback)`;
  return { name: "noise floor", ok: true, text };
}

function coapFinding(): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const name = `port ${COAP_PORT} (CoAP of serve)`;
    socket.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ name, ok: false, text: `not free: ${error.code}` }),
    );
    socket.bind(COAP_PORT, "127.0.0.1", () => socket.close(() => resolve({ name, ok: true, text: "free" })));
  });
}

function portFinding([port, name]: (typeof PORTS)[number]): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    const label = `port ${port} (${name} of serve)`;
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ name: label, ok: false, text: `not free: ${error.code}` }),
    );
    server.listen(port, "127.0.0.1", () => server.close(() => resolve({ name: label, ok: true, text: "free" })));
  });
}
