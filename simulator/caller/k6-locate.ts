/**
 * Finds a k6 to use. It is a separate program under its own licence and no package registry carries it, so it is looked for:
 * what the user named (flag, then variable) is used or refused; otherwise PATH, then rpcfleet's own cache.
 */
import { execFile } from "node:child_process";
import { access, constants, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { K6Problem } from "./k6-problem.ts";

export interface K6Places {
  /** Value of --k6-bin. */
  readonly flag: string | undefined;
  /** Value of K6_BIN. */
  readonly env: string | undefined;
  /** Value of PATH. */
  readonly path: string | undefined;
  /** Folder that holds `<version>/k6`, see k6CacheFolder. */
  readonly cache: string;
}

export interface K6Program {
  readonly path: string;
  /** First line of `k6 version`. */
  readonly version: string;
}

const WANTED = "k6 v2 (get it with: npm run k6:install)";
export const K6_FILE = process.platform === "win32" ? "k6.exe" : "k6";

/** Where rpcfleet keeps k6: `$XDG_CACHE_HOME/rpcfleet/k6`, or the same below ~/.cache. */
export function k6CacheFolder(env: { readonly XDG_CACHE_HOME?: string | undefined }): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rpcfleet", "k6");
}

/** The first k6 of major version 2, or a one-line Problem that says how to get one. */
export async function locateK6(places: K6Places): Promise<K6Program | K6Problem> {
  if (places.flag) return named("--k6-bin", places.flag);
  if (places.env) return named("K6_BIN", places.env);
  const onPath = (places.path ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...onPath.map((folder) => join(folder, K6_FILE)), ...(await cached(places.cache))];
  let got = `none in PATH or ${places.cache}`;
  for (const path of candidates) {
    if (!(await isExecutable(path))) continue;
    const version = await versionOrWhy(path);
    if (isMajor2(version)) return { path, version };
    got = `${path}: ${version}`;
  }
  return { where: "k6", expected: WANTED, got };
}

async function named(where: string, path: string): Promise<K6Program | K6Problem> {
  const version = await versionOrWhy(path);
  return isMajor2(version) ? { path, version } : { where, expected: WANTED, got: `${path}: ${version}` };
}

/** Cached programs, newest version first. */
async function cached(cache: string): Promise<string[]> {
  const versions = await readdir(cache).catch(() => []);
  const newestFirst = versions.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  return newestFirst.map((version) => join(cache, version, K6_FILE));
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function isMajor2(version: string): boolean {
  return /^k6(\.exe)? v2\./.test(version);
}

async function versionOrWhy(path: string): Promise<string> {
  try {
    return await readK6Version(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "ENOENT" ? "no such file" : "does not answer to `version`";
  }
}

/** First line of `k6 version`, such as `k6 v2.2.0 (go1.26.8, linux/amd64)`. Rejects when the program cannot be run. */
export function readK6Version(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, ["version"], { timeout: 10_000, killSignal: "SIGKILL" }, (error, stdout) => {
      if (error === null) resolve(stdout.trim().split("\n")[0] as string);
      else reject(error);
    });
  });
}
