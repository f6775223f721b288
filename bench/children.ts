/** The processes of a benchmark: every one is known here, and none outlives the bench, whatever ends it. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A message of a child process, told apart by its kind. */
interface ChildMessage {
  readonly kind: string;
}

const CLI = fileURLToPath(new URL("../cli/rpcfleet.mjs", import.meta.url));
const LOADER = ["--import", import.meta.resolve("tsx")];
const PATIENCE_MS = 60_000;

const alive = new Set<ChildProcess>();

export class BenchChild {
  readonly pid: number;
  readonly exited: Promise<void>;
  readonly #process: ChildProcess;

  constructor(child: ChildProcess) {
    this.#process = child;
    this.pid = child.pid ?? 0;
    alive.add(child);
    this.exited = new Promise((resolve) => {
      child.once("error", () => resolve());
      child.once("exit", () => {
        alive.delete(child);
        resolve();
      });
    });
  }

  send(message: string | object): void {
    this.#process.send(message);
  }

  /** The next message of that kind; rejects when the child ends or stays silent instead. */
  next<T extends ChildMessage>(kind: T["kind"]): Promise<T> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
      };
      const onMessage = (message: ChildMessage): void => {
        if (message.kind !== kind) return;
        done();
        resolve(message as T);
      };
      const fail = (why: string): void => {
        done();
        reject(new Error(`${child.spawnargs.slice(-2)[0]} ${why} before it said "${kind}"`));
      };
      const onExit = (code: number | null): void => fail(`ended (exit ${code})`);
      const timer = setTimeout(() => fail("stayed silent"), PATIENCE_MS);
      child.on("message", onMessage);
      child.once("exit", onExit);
    });
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.exited;
  }
}

/** One of the bench's own files as a process, with its options as its argument. */
export function startFile(file: string, options: object, execArgv: readonly string[] = []): BenchChild {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const stdio = ["ignore", "ignore", "inherit", "ipc"] as const;
  return new BenchChild(
    fork(path, [JSON.stringify(options)], {
      stdio: [...stdio],
      execArgv: [...LOADER, ...execArgv],
      // Columns of a run are messages as well.
      serialization: "advanced",
      detached: true,
    }),
  );
}

/** Our server as `rpcfleet run` starts it. */
export function startOurServer(...more: readonly string[]): BenchChild {
  const args = ["serve", "--http-port", "0", "--mqtt-port", "0", "--quiet", ...more];
  return new BenchChild(
    fork(CLI, args, { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [], detached: true }),
  );
}

export function startProgram(path: string, args: readonly string[], env: NodeJS.ProcessEnv): BenchChild {
  return new BenchChild(spawn(path, args, { stdio: "ignore", env, detached: true }));
}

export async function stopAll(): Promise<void> {
  const exits = [...alive].map((child) => new Promise((resolve) => child.once("exit", resolve)));
  for (const child of alive) child.kill("SIGKILL");
  await Promise.all(exits);
}

/** Ends every child when the bench is told to end. */
export function stopOnSignals(): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => stopAll().finally(() => process.exit(code)));
  }
  process.once("exit", () => {
    for (const child of alive) child.kill("SIGKILL");
  });
}
