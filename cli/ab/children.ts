/** The processes of a comparison: each leads a group of its own, and none outlives us, however we end. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

const alive = new Set<ChildProcess>();
/** What a process that is asked to end gets for it. */
const GRACE_MS = 10_000;

process.on("exit", () => {
  for (const child of alive) signalGroup(child, "SIGKILL");
});

export interface Child {
  /** The exit code; null when a signal ended it or it could not be started. */
  readonly ended: Promise<number | null>;
  /** The last of what it wrote on standard error. */
  readonly lastWords: () => string;
  /** Asks it to end, and its group with it; ends it when it does not. */
  readonly stop: () => Promise<void>;
}

const LONGEST_WORDS = 4_000;
const LAST_LINES = 6;

export function startChild(command: string, args: readonly string[], options: SpawnOptions): Child {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"], detached: true });
  alive.add(child);
  let words = "";
  child.stderr?.on("data", (bytes) => {
    words = `${words}${bytes}`.slice(-LONGEST_WORDS);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      words = error.message;
      alive.delete(child);
      resolve(null);
    });
    child.once("close", (code) => {
      alive.delete(child);
      resolve(code);
    });
  });
  return {
    ended,
    lastWords: () => words.trim().split("\n").slice(-LAST_LINES).join("\n"),
    stop: async () => {
      signalGroup(child, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
      await ended;
      clearTimeout(timer);
      // A shell may have ended before what it started.
      signalGroup(child, "SIGKILL");
    },
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}
