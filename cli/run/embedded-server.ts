/** The reference server as a process of its own: the system under test shares nothing with its callers but the machine. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { DialectName } from "../../protocol/dialect.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import type { RunTotals } from "../../reports/run-record.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { writeCertificate } from "../../simulator/certificate/certificate-files.ts";
import type { Endpoints } from "../../simulator/fleet/fleet-plan.ts";
import type { PortName } from "../../simulator/fleet/transport-form.ts";
import { SetUpError } from "../errors.ts";
import { endpointsOf } from "./fleet-endpoints.ts";

export interface EmbeddedServer {
  readonly url: string;
  readonly endpoints: Endpoints;
  strays(): Promise<NonNullable<RunTotals["strays"]>>;
  /** Writes the server's own account of the calls. */
  writeLedger(path: string): Promise<void>;
  /** Stops the process dead, and lets it go on after so many milliseconds. */
  pause(forMs: number): void;
  close(): Promise<void>;
}

type ServerMessage =
  | {
      readonly kind: "ready";
      readonly httpUrl: string;
      readonly mqttPort: number;
      readonly mqttsPort: number | undefined;
      readonly mqttWsPort: number | undefined;
      readonly coapPort: number | undefined;
    }
  | { readonly kind: "ledger" }
  | { readonly kind: "totals"; readonly totals: { readonly strays: NonNullable<RunTotals["strays"]> } };

const ENTRY = fileURLToPath(new URL("../rpcfleet.mjs", import.meta.url));

export interface EmbeddedServerOptions {
  readonly dialect: DialectName;
  /** What the fleet needs; HTTP and MQTT are always there. */
  readonly ports: ReadonlySet<PortName>;
  /** What the scenario wants of its server. */
  readonly settings: Scenario["server"];
  readonly log: Writable;
}

/** Starts a server on free ports; its log goes to `log`. */
export async function startEmbeddedServer({
  dialect,
  ports,
  settings,
  log,
}: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const args = ["serve", "--http-port", "0", "--mqtt-port", "0", "--dialect", dialect, "--journal"];
  args.push(...settingArguments(settings));
  if (ports.has("coap")) args.push("--coap-port", "0");
  if (ports.has("ws")) args.push("--mqtt-ws-port", "0");
  const tls = ports.has("mqtts") ? writeCertificate(mkdtempSync(join(tmpdir(), "rpcfleet-tls-"))) : undefined;
  if (tls !== undefined) args.push("--mqtts-port", "0", "--tls-key", tls.keyFile, "--tls-cert", tls.certificateFile);
  // A process group of its own: Ctrl-C on the terminal is ours to handle, the server must outlive it.
  const child = fork(ENTRY, args, { stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [], detached: true });
  child.stderr?.pipe(log, { end: false });
  const ready = await next(child, "ready").finally(() => {
    // It has read its key.
    if (tls !== undefined) rmSync(tls.folder, { recursive: true });
  });
  return {
    url: ready.httpUrl,
    endpoints: endpointsOf(ready.httpUrl, { ...ready, wsPort: ready.mqttWsPort, ca: tls?.certificate }),
    strays: async () => {
      child.send("totals");
      return (await next(child, "totals")).totals.strays;
    },
    writeLedger: async (path) => {
      child.send({ ledger: path });
      await next(child, "ledger");
    },
    pause: (forMs) => {
      const resume = (): void => {
        process.off("exit", resume);
        child.kill("SIGCONT");
      };
      child.kill("SIGSTOP");
      // A process that is stopped does not hear that we have gone: it would stay for ever.
      process.on("exit", resume);
      setTimeout(resume, forMs).unref();
    },
    close: async () => {
      child.kill("SIGCONT");
      if (child.exitCode !== null) return;
      const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.send("close");
      await exited;
    },
  };
}

function settingArguments(settings: Scenario["server"]): string[] {
  if (settings === undefined) return [];
  const { minTimeout, strategy, quirks } = settings;
  return [
    ...(minTimeout === undefined ? [] : ["--min-timeout", String(minTimeout / MILLISECOND)]),
    ...(strategy === undefined ? [] : ["--strategy", strategy]),
    ...quirks.flatMap((quirk) => ["--quirk", quirk]),
  ];
}

function next<K extends ServerMessage["kind"]>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<ServerMessage, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new SetUpError(`the server ended (exit ${code}); see run.log`));
    const onMessage = (message: ServerMessage): void => {
      if (message.kind !== kind) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(message as Extract<ServerMessage, { kind: K }>);
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}
