/** A git ref of the project in the current directory, checked out beside it for as long as it is measured. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetUpError } from "../errors.ts";

export interface Worktree {
  readonly folder: string;
  /** Short name of the commit. */
  readonly commit: string;
  /** What the user should know of it; undefined when there is nothing. */
  readonly note: string | undefined;
  /** Takes it away; more than once does no harm. */
  readonly remove: () => void;
}

/** The commit a text names in the repository around `folder`; undefined when it names none, or there is no repository. */
export function commitOf(text: string, folder: string): string | undefined {
  // A ref never begins with a dash; what does would be read as an option.
  if (text.startsWith("-")) return undefined;
  return git(["rev-parse", "--verify", "--quiet", `${text}^{commit}`], folder);
}

/** Checks a ref out. `install`: with modules of its own (npm ci) instead of those of the current directory. Throws SetUpError. */
export function checkOut(ref: string, { from, install }: { from: string; install: boolean }): Worktree {
  const top = git(["rev-parse", "--show-toplevel"], from) as string;
  const commit = commitOf(ref, from) as string;
  const parent = mkdtempSync(join(tmpdir(), "rpcfleet-ab-"));
  const folder = join(parent, "tree");
  const remove = (): void => {
    git(["worktree", "remove", "--force", folder], top);
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    execFileSync("git", ["worktree", "add", "--quiet", "--detach", folder, commit], { cwd: top, stdio: "pipe" });
    const note = provideModules({ top, folder, ref, install });
    return { folder, commit: commit.slice(0, 10), note, remove };
  } catch (error) {
    remove();
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new SetUpError(`cannot check out ${ref}: ${stderr?.toString().trim().split("\n").at(-1) || message}`);
  }
}

interface Modules {
  readonly top: string;
  readonly folder: string;
  readonly ref: string;
  readonly install: boolean;
}

function provideModules({ top, folder, ref, install }: Modules): string | undefined {
  if (install) {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "pipe" });
    return undefined;
  }
  const [modules, own] = [join(top, "node_modules"), join(folder, "node_modules")];
  if (existsSync(modules) && !existsSync(own)) symlinkSync(modules, own);
  const [lock, ownLock] = [top, folder].map((place) => readText(join(place, "package-lock.json")));
  if (lock === ownLock) return undefined;
  return `${ref} has another package-lock.json and runs with the modules of the current directory; --install gives it its own.`;
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function git(args: readonly string[], cwd: string): string | undefined {
  try {
    return execFileSync("git", args, { cwd, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
