/**
 * k6 as a child process: a scrubbed environment, a look at the script before it runs, the REST interface that holds the start.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createServer } from "node:net";

const PROXY = /^(https?|all|no|ftp)_proxy$/i;

/**
 * The environment for k6: without proxies, which it would use on loopback, and without any inherited K6_ variable, because
 * `K6_VUS` alone replaces a whole plan.
 */
export function k6Environment(inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(inherited).filter(([name]) => !/^K6_/i.test(name) && !PROXY.test(name));
  return {
    ...Object.fromEntries(kept),
    K6_NO_USAGE_REPORT: "true",
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    K6_NO_COLOR: "true",
    GOGC: "200",
  };
}

export interface InspectOptions {
  readonly k6Path: string;
  readonly script: string;
  readonly planFile: string;
  readonly timeBoxMs: number;
}

/**
 * Lets k6 read the script and its plan without running them. Resolves to undefined, or to why it cannot run. Time-boxed, because
 * a TypeScript file with syntax that k6 cannot parse makes it spin for ever instead of failing.
 */
export function inspectScript({ k6Path, script, planFile, timeBoxMs }: InspectOptions): Promise<string | undefined> {
  const args = ["inspect", "-e", `PLAN=${planFile}`, script];
  const limits = { timeout: timeBoxMs, killSignal: "SIGKILL" as const, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(k6Path, args, { ...limits, env: k6Environment(process.env) }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else if (error.killed === true) resolve(`k6 inspect did not end within ${timeBoxMs} ms on ${script}`);
      else resolve(`k6 cannot run ${script}: ${lastLines(stderr) || error.message}`);
    });
  });
}

/** The last lines of a text, for a message. */
export function lastLines(text: string, count = 5): string {
  return text.trim().split("\n").slice(-count).join("\n");
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface LaunchOptions {
  readonly k6Path: string;
  readonly script: string;
  readonly planFile: string;
  readonly configFile: string;
  readonly consoleFile: string;
  readonly logFile: string;
  readonly port: number;
}

export interface K6Exit {
  /** Exit code, or 128 when a signal ended it. */
  readonly code: number;
  readonly stderr: string;
}

export interface K6Child {
  readonly process: ChildProcess;
  readonly exited: Promise<K6Exit>;
}

/** Starts k6 paused, in a process group of its own, so that the terminal's Ctrl-C reaches only us. */
export function launchK6(options: LaunchOptions): K6Child {
  const args = ["run", "--quiet", "--paused", "--address", `127.0.0.1:${options.port}`, "--config", options.configFile];
  args.push("--summary-mode=disabled", "--no-usage-report", "--log-format", "raw");
  args.push("--console-output", options.consoleFile, "--log-output", `file=${options.logFile}`);
  args.push("-e", `PLAN=${options.planFile}`, options.script);
  const env = k6Environment(process.env);
  const child = spawn(options.k6Path, args, { detached: true, stdio: ["ignore", "ignore", "pipe"], env });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-4_000);
  });
  const exited = new Promise<K6Exit>((resolve) => {
    child.once("error", (error) => resolve({ code: 127, stderr: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 128, stderr }));
  });
  return { process: child, exited };
}

interface K6Status {
  readonly data: { readonly attributes: { readonly "vus-max": number; readonly paused: boolean } };
}

/** VUs that k6 has made so far; undefined while its REST interface does not answer. */
export async function initializedVus(port: number): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/status`, { signal: AbortSignal.timeout(5_000) });
    return ((await response.json()) as K6Status).data.attributes["vus-max"];
  } catch {
    return undefined;
  }
}

/** Ends the pause. Throws when k6 does not accept it. */
export async function resumeK6(port: number): Promise<void> {
  const attributes = { paused: false, stopped: false };
  const response = await fetch(`http://127.0.0.1:${port}/v1/status`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: { type: "status", id: "default", attributes } }),
  });
  if (!response.ok) throw new Error(`k6 did not start: ${response.status} ${await response.text()}`);
}
