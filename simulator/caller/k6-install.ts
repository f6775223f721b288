/**
 * Puts k6 into rpcfleet's cache: `npm run k6:install`. With Go it is built from source through the module proxy; otherwise the
 * release for this platform is downloaded and compared with the release's own checksums. Does nothing when it is there already.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { argv, env, exit } from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { K6_FILE, k6CacheFolder, readK6Version } from "./k6-locate.ts";

const VERSION = "v2.2.0";
const RELEASES = "https://github.com/grafana/k6/releases/download";
const LEAST_GO_MINOR = 25;

const run = promisify(execFile);

export interface InstallOptions {
  /** Folder that holds `<version>/k6`. */
  readonly cache: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Where releases are: `<url>/<version>/<asset>`. */
  readonly releases: string;
  /** False: do not build, even with Go. */
  readonly build: boolean;
  readonly say: (line: string) => void;
}

/** Installs k6 unless it is there; resolves to its path. Throws with a reason for each way that was tried. */
export async function installK6(options: InstallOptions): Promise<string> {
  const path = join(options.cache, VERSION, K6_FILE);
  const present = await readK6Version(path).catch(() => undefined);
  if (present !== undefined) {
    options.say(`${present} is in ${path} already`);
    return path;
  }
  const workFolder = await mkdtemp(join(tmpdir(), "rpcfleet-k6-install-"));
  try {
    const built = await obtain(workFolder, options);
    await mkdir(dirname(path), { recursive: true });
    // Copied beside its place and renamed into it, so that a half-written k6 never has the name of a whole one.
    const partial = `${path}.${process.pid}`;
    await cp(built, partial);
    await rename(partial, path);
  } finally {
    // Go's files are read-only, but they are in Go's own module cache, not in here.
    await rm(workFolder, { recursive: true, force: true });
  }
  options.say(`${await readK6Version(path)} is now in ${path}`);
  return path;
}

async function obtain(workFolder: string, options: InstallOptions): Promise<string> {
  const reasons: string[] = [];
  for (const way of options.build ? [buildK6, downloadK6] : [downloadK6]) {
    try {
      return await way(workFolder, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(reason.trim().split("\n").slice(-3).join("\n"));
    }
  }
  const advice = `install k6 ${VERSION} yourself and name it with --k6-bin or K6_BIN`;
  throw new Error(`k6 could not be installed\n- ${reasons.join("\n- ")}\n${advice}`);
}

/** Builds through a module of our own: `go install module@version` asks for a version list, which not every proxy serves. */
async function buildK6(workFolder: string, { say }: InstallOptions): Promise<string> {
  const { stdout } = await run("go", ["env", "GOVERSION"]).catch(() => {
    throw new Error(`building needs Go 1.${LEAST_GO_MINOR} or later, and there is no go`);
  });
  const minor = Number(/^go1\.(\d+)/.exec(stdout)?.[1] ?? 0);
  if (minor < LEAST_GO_MINOR) throw new Error(`building needs Go 1.${LEAST_GO_MINOR} or later, not ${stdout.trim()}`);
  say(`building k6 ${VERSION} with ${stdout.trim()}; this takes a minute or two`);
  const module = `module rpcfleet-k6\n\ngo 1.${LEAST_GO_MINOR}.0\n\nrequire go.k6.io/k6/v2 ${VERSION}\n`;
  await writeFile(join(workFolder, "go.mod"), module);
  const built = join(workFolder, K6_FILE);
  const flags = ["-mod=mod", "-trimpath", "-ldflags", "-s -w", "-o", built];
  const goEnv = { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };
  await run("go", ["build", ...flags, "go.k6.io/k6/v2"], { cwd: workFolder, env: goEnv, maxBuffer: 64 * 1024 * 1024 });
  return built;
}

/** Name of the release's archive for a platform; undefined when there is none. The word is "macos", not "darwin". */
export function releaseAsset(platform: NodeJS.Platform, arch: string): string | undefined {
  const cpu = { x64: "amd64", arm64: "arm64" }[arch];
  if (cpu === undefined) return undefined;
  if (platform === "linux") return `k6-${VERSION}-linux-${cpu}.tar.gz`;
  if (platform === "darwin") return `k6-${VERSION}-macos-${cpu}.zip`;
  return platform === "win32" && cpu === "amd64" ? `k6-${VERSION}-windows-amd64.zip` : undefined;
}

async function downloadK6(workFolder: string, options: InstallOptions): Promise<string> {
  const asset = releaseAsset(options.platform, options.arch);
  if (asset === undefined) throw new Error(`k6 has no release for ${options.platform} on ${options.arch}`);
  const base = `${options.releases}/${VERSION}`;
  options.say(`downloading ${base}/${asset}`);
  const archive = await download(`${base}/${asset}`);
  const checksums = (await download(`${base}/k6-${VERSION}-checksums.txt`)).toString("utf8");
  verifyChecksum(asset, archive, checksums);
  const file = join(workFolder, asset);
  await writeFile(file, archive);
  // bsdtar, which macOS and Windows call tar, reads zip files too.
  await run("tar", ["-xf", file, "-C", workFolder]);
  return join(workFolder, asset.replace(/\.(tar\.gz|zip)$/, ""), K6_FILE);
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new Error(`${url} cannot be reached: ${String((error as Error).cause ?? error)}`);
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Throws unless `checksums`, the output of sha256sum, has a line for the asset and it is right. */
function verifyChecksum(asset: string, archive: Buffer, checksums: string): void {
  const line = checksums.split("\n").find((entry) => entry.trim().split(/\s+\*?/)[1] === asset);
  if (line === undefined) throw new Error(`the release's checksums have no line for ${asset}`);
  const wanted = line.trim().split(/\s+/)[0];
  const got = createHash("sha256").update(archive).digest("hex");
  if (wanted !== got) throw new Error(`${asset} does not match its checksum: expected ${wanted}, got ${got}`);
}

/** The command. */
async function main(): Promise<void> {
  try {
    await installK6({
      cache: k6CacheFolder(env),
      platform: process.platform,
      arch: process.arch,
      releases: RELEASES,
      build: true,
      say: (line) => console.log(line),
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    exit(4);
  }
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) await main();
