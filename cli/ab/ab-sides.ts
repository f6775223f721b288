/** What `ab` is told to compare: git refs, commands that start a server, or flags of `run`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDuration } from "../../protocol/time.ts";
import { UsageError } from "../errors.ts";
import type { Side } from "./run-once.ts";
import { splitWords } from "./split-words.ts";
import { checkOut, commitOf } from "./worktree.ts";

export interface SideArguments {
  base: string | undefined;
  candidate: string | undefined;
  baseFlags: string | undefined;
  candidateFlags: string | undefined;
  start: string | undefined;
  install: boolean;
  whole: boolean;
  readyTimeout: string;
}

export interface Sides {
  readonly sides: readonly [Side, Side];
  readonly notes: readonly string[];
  readonly close: () => void;
}

const CLI = join("cli", "rpcfleet.mjs");
/** How this project's own server is started from a checked-out ref. */
const OWN_START = `node ${CLI} serve --http-port "$RPCFLEET_HTTP_PORT" --mqtt-port "$RPCFLEET_MQTT_PORT" --quiet`;

/** Flags that `ab` gives to every run itself. */
const OURS = ["--seed", "--out", "--json", "--quiet"];

/** Every problem of the flags that name the sides; `words` are those of both sides' runs. */
export function sideProblems(args: SideArguments, words: readonly string[], folder: string): string[] {
  const { base, candidate, baseFlags, candidateFlags } = args;
  const problems: string[] = [];
  if ((base === undefined) !== (candidate === undefined)) {
    problems.push(`--${base === undefined ? "base" : "candidate"}: both sides need one`);
  }
  if (base === undefined && candidate === undefined && baseFlags === undefined && candidateFlags === undefined) {
    problems.push("nothing to compare: name --base and --candidate, or give --base-flags or --candidate-flags");
  }
  const given = [...words, ...splitWords(baseFlags ?? ""), ...splitWords(candidateFlags ?? "")];
  const named = given.map((word) => word.replace(/=.*/, ""));
  for (const flag of OURS) if (named.includes(flag)) problems.push(`${flag}: set by ab for every run; leave it out`);
  if (base !== undefined && named.includes("--target")) {
    problems.push("--target: the runs go to the servers of --base and --candidate; leave it out");
  }
  if ((parseDuration(args.readyTimeout) ?? 0) <= 0) {
    problems.push(`--ready-timeout: expected a duration such as 60s, got "${args.readyTimeout}"`);
  }
  for (const [name, text] of [
    ["base", base],
    ["candidate", candidate],
  ] as const) {
    if (text !== undefined) problems.push(...textProblems(name, text, args, folder));
  }
  return problems;
}

function textProblems(name: string, text: string, { start, whole }: SideArguments, folder: string): string[] {
  if (text.trim() === "") return [`--${name}: expected a git ref or a command, got nothing`];
  const isRef = commitOf(text, folder) !== undefined;
  if (!isRef && whole) return [`--whole: ${text} is no git ref of this repository`];
  if (!isRef && /^[\w./@~^-]+$/.test(text) && !existsSync(join(folder, text)) && !text.startsWith("/")) {
    return [
      `--${name}: "${text}" is neither a git ref of this repository nor a command (a command has arguments, or is a path)`,
    ];
  }
  if (isRef && start === undefined && !isOwnProject(folder)) {
    return [`--start: needed to compare git refs of another project: the command that starts its server`];
  }
  return [];
}

/** The sides, with their refs checked out. Throws SetUpError; what was checked out by then is taken away. */
export function openSides(args: SideArguments, words: readonly string[], folder: string): Sides {
  const closing: (() => void)[] = [];
  const notes: string[] = [];
  const close = (): void => {
    for (const remove of closing.splice(0)) remove();
  };
  const open = (name: Side["name"], text: string | undefined, flagText: string | undefined): Side => {
    const flags = splitWords(flagText ?? "");
    const plain = { name, entry: undefined, flags, server: undefined };
    if (text === undefined) return { ...plain, label: flags.length === 0 ? "no flags of its own" : flags.join(" ") };
    const suffix = flags.length === 0 ? "" : ` (${flags.join(" ")})`;
    const readyWithinMs = (parseDuration(args.readyTimeout) as number) / 1_000;
    if (commitOf(text, folder) === undefined) {
      return { ...plain, label: `${text}${suffix}`, server: { command: text, folder, readyWithinMs } };
    }
    const tree = checkOut(text, { from: folder, install: args.install });
    closing.push(tree.remove);
    if (tree.note !== undefined) notes.push(tree.note);
    const label = `${text} (${tree.commit})${suffix}`;
    if (args.whole) return { ...plain, label, entry: join(tree.folder, CLI) };
    const command = args.start ?? OWN_START + dialectFlag(words);
    return { ...plain, label, server: { command, folder: tree.folder, readyWithinMs } };
  };
  try {
    const sides = [open("base", args.base, args.baseFlags), open("candidate", args.candidate, args.candidateFlags)];
    return { sides: sides as [Side, Side], notes, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The callers' dialect must be the server's. */
function dialectFlag(words: readonly string[]): string {
  const place = words.indexOf("--dialect");
  const dialect = place < 0 ? words.find((word) => word.startsWith("--dialect="))?.slice(10) : words[place + 1];
  if (dialect === undefined) return "";
  if (!/^[\w-]+$/.test(dialect)) throw new UsageError([`--dialect: expected a name, got "${dialect}"`]);
  return ` --dialect ${dialect}`;
}

function isOwnProject(folder: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string };
    return name === "rpcfleet";
  } catch {
    return false;
  }
}
