/** One run of one side: a fresh `rpcfleet run` as a process of its own, on its own server or on the side's. */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type MeasuredRun, readMeasuredRun } from "../../reports/compare/measured-run.ts";
import { EXIT, UsageError } from "../errors.ts";
import { type Child, startChild } from "./children.ts";
import { type ServerCommand, startServerCommand } from "./server-command.ts";

const ENTRY = fileURLToPath(new URL("../rpcfleet.mjs", import.meta.url));

/** A run of a pair writes nothing into the summary of a build; the comparison does. */
const NO_BUILD = { GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "" };

/** One of the things that are compared. */
export interface Side {
  readonly name: "base" | "candidate";
  /** What it is, for the report. */
  readonly label: string;
  /** The command line that makes its runs; our own where undefined. */
  readonly entry: string | undefined;
  /** Undefined: each run starts its own server. */
  readonly server: ServerCommand | undefined;
  /** Flags of `run` that only this side has. */
  readonly flags: readonly string[];
}

export interface RunOrder {
  readonly side: Side;
  readonly seed: string;
  /** Words for `run`: scenario and flags of both sides. */
  readonly words: readonly string[];
  /** A folder for this run alone. */
  readonly out: string;
}

/** What a run needs to know of the user's patience. */
export interface Stopping {
  readonly stopped: () => boolean;
  readonly onStop: (stop: (() => void) | undefined) => void;
}

/** The run, or a sentence that says why there is none. Throws UsageError when its flags are wrong. */
export async function runOnce({ side, seed, words, out }: RunOrder, stopping: Stopping): Promise<MeasuredRun | string> {
  const server = side.server === undefined ? undefined : await startServerCommand(side.server, stopping.stopped);
  if (typeof server === "string") return server;
  try {
    const where =
      server === undefined
        ? []
        : ["--target", `http://127.0.0.1:${server.httpPort}`, "--mqtt-port", String(server.mqttPort)];
    mkdirSync(out, { recursive: true });
    const args = ["run", ...words, ...side.flags, ...where, "--seed", seed, "--out", out, "--quiet"];
    const child = startChild(process.execPath, [side.entry ?? ENTRY, ...args], {
      env: { ...process.env, ...NO_BUILD },
    });
    stopping.onStop(() => void child.stop());
    const code = await child.ended;
    stopping.onStop(undefined);
    return readOutcome(child, code, out);
  } finally {
    await server?.stop();
  }
}

/** A failed gate is no failed run: its figures are as good as any. */
const MEASURED: readonly (number | null)[] = [EXIT.pass, EXIT.fail, EXIT.invalid];

function readOutcome(child: Child, code: number | null, out: string): MeasuredRun | string {
  const words = child.lastWords();
  if (code === EXIT.usage)
    throw new UsageError(
      words
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => !/^\d+ problems?:$/.test(line)),
    );
  if (!MEASURED.includes(code))
    return `the run failed (exit ${code ?? "by a signal"})${words === "" ? "" : `: ${words}`}`;
  const [name] = readdirSync(out);
  if (name === undefined) return "the run left no folder";
  const run = readMeasuredRun(join(out, name));
  return run instanceof Error ? run.message : run;
}
