/** The published command line as a child process: what a user types, what a user gets. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Summary } from "../reports/summary-schema.ts";

const ENTRY = fileURLToPath(new URL("../cli/rpcfleet.mjs", import.meta.url));

/** The tests may run in a build; what they start must not annotate it. */
const NO_BUILD = { ...process.env, GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "" };

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Where it runs, and what its environment has besides that of the tests. */
export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `rpcfleet <words>`; whatever is left of it is ended with the test. `onError` hears all of standard error so far. */
export function startRpcfleet(
  words: readonly string[],
  onError: (text: string) => void = () => undefined,
  { cwd, env }: Place = {},
): Started {
  const child = spawn(process.execPath, [ENTRY, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
    env: { ...NO_BUILD, ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    err += bytes;
    onError(err);
  });
  const finished = new Promise<Finished>((resolve) => child.once("close", (code) => resolve({ code, out, err })));
  onTestFinished(async () => {
    // SIGTERM lets a run end its own server.
    if (child.exitCode === null) child.kill("SIGTERM");
    await finished;
  });
  return { child, finished };
}

export function rpcfleet(...words: readonly string[]): Promise<Finished> {
  return startRpcfleet(words).finished;
}

/** A new folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface FinishedRun extends Finished {
  readonly summary: Summary;
  /** The run's own folder. */
  readonly folder: string;
}

/** Flags of a small run that leave its figures to the test: no progress, the summary on standard output, its own folder. */
export async function run(words: readonly string[], options: { out?: string } = {}): Promise<FinishedRun> {
  const out = options.out ?? (await temporaryFolder());
  const finished = await rpcfleet("run", ...words, "--json", "--quiet", "--out", out);
  return readFinished(finished, out);
}

export async function readFinished(finished: Finished, out: string): Promise<FinishedRun> {
  if (finished.out === "") throw new Error(`no summary, exit ${finished.code}: ${finished.err}`);
  const [name] = await readdir(out);
  return { ...finished, summary: JSON.parse(finished.out) as Summary, folder: join(out, name as string) };
}
