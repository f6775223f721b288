/** A server that a command starts: told its ports, waited for, and ended with all it started. */
import { connect, createServer } from "node:net";
import { type Child, startChild } from "./children.ts";

export interface ServerCommand {
  /** For the shell; RPCFLEET_HTTP_PORT and RPCFLEET_MQTT_PORT are in its environment. */
  readonly command: string;
  readonly folder: string;
  readonly readyWithinMs: number;
}

export interface StartedServer {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly stop: () => Promise<void>;
}

const POLL_MS = 40;

/** The server once both ports take connections, or why it has none. `stopped` ends the wait. */
export async function startServerCommand(
  { command, folder, readyWithinMs }: ServerCommand,
  stopped: () => boolean,
): Promise<StartedServer | string> {
  const [httpPort, mqttPort] = await freePorts();
  const env = { ...process.env, RPCFLEET_HTTP_PORT: String(httpPort), RPCFLEET_MQTT_PORT: String(mqttPort) };
  const child = startChild("/bin/sh", ["-c", command], { cwd: folder, env });
  let code: number | null | undefined;
  void child.ended.then((ended) => {
    code = ended;
  });
  const until = performance.now() + readyWithinMs;
  for (const [name, port] of [
    ["RPCFLEET_HTTP_PORT", httpPort],
    ["RPCFLEET_MQTT_PORT", mqttPort],
  ] as const) {
    while (!(await takesConnections(port))) {
      if (code !== undefined) return endedEarly(child, command, code);
      if (stopped()) return giveUp(child, "stopped");
      if (performance.now() > until) {
        return giveUp(
          child,
          `the server did not take connections at $${name} (${port}) within ${readyWithinMs / 1_000} s`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  return { httpPort, mqttPort, stop: child.stop };
}

async function giveUp(child: Child, why: string): Promise<string> {
  await child.stop();
  const words = child.lastWords();
  return words === "" ? why : `${why}; it said: ${words}`;
}

function endedEarly(child: Child, command: string, code: number | null): string {
  const words = child.lastWords();
  const said = words === "" ? "" : `; it said: ${words}`;
  return `the server ended (exit ${code ?? "by a signal"}) before it took connections: ${command}${said}`;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Two ports that were free a moment ago. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports as [number, number];
}
