import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installK6, releaseAsset } from "./k6-install.ts";
import { k6CacheFolder, locateK6 } from "./k6-locate.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rpcfleet-locate-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that says it is this version; returns its folder and path. */
async function fakeK6(place: string, version: string) {
  const into = join(folder, place);
  await mkdir(into, { recursive: true });
  const path = join(into, "k6");
  await writeFile(path, `#!/bin/sh\necho "${version}"\n`);
  await chmod(path, 0o755);
  return { into, path };
}

const nowhere = () => ({ flag: undefined, env: undefined, path: "", cache: join(folder, "cache") });

describe("locateK6", () => {
  it("prefers the flag, then K6_BIN, then PATH, then the newest in the cache", async () => {
    const flag = await fakeK6("flag", "k6 v2.1.0 (flag)");
    const env = await fakeK6("env", "k6 v2.1.0 (env)");
    const onPath = await fakeK6("bin", "k6 v2.1.0 (path)");
    await fakeK6("cache/v2.9.0", "k6 v2.9.0 (cache)");
    await fakeK6("cache/v2.10.0", "k6 v2.10.0 (cache)");
    const path = `${join(folder, "none")}:${onPath.into}`;
    const all = { ...nowhere(), flag: flag.path, env: env.path, path };
    expect(await locateK6(all)).toEqual({ path: flag.path, version: "k6 v2.1.0 (flag)" });
    expect(await locateK6({ ...all, flag: undefined })).toMatchObject({ version: "k6 v2.1.0 (env)" });
    expect(await locateK6({ ...all, flag: undefined, env: undefined })).toMatchObject({ version: "k6 v2.1.0 (path)" });
    expect(await locateK6(nowhere())).toMatchObject({ version: "k6 v2.10.0 (cache)" });
  });

  it("passes over a k6 of another major version, but refuses one that was named", async () => {
    const old = await fakeK6("bin", "k6 v1.8.1 (old)");
    await fakeK6("cache/v2.2.0", "k6 v2.2.0 (cache)");
    expect(await locateK6({ ...nowhere(), path: old.into })).toMatchObject({ version: "k6 v2.2.0 (cache)" });
    expect(await locateK6({ ...nowhere(), flag: old.path })).toEqual({
      where: "--k6-bin",
      expected: "k6 v2 (get it with: npm run k6:install)",
      got: `${old.path}: k6 v1.8.1 (old)`,
    });
    const missing = { ...nowhere(), env: join(folder, "nothing") };
    expect(await locateK6(missing)).toMatchObject({ where: "K6_BIN", got: `${missing.env}: no such file` });
  });

  it("says in one line how to get it when there is none", async () => {
    const problem = await locateK6(nowhere());
    expect(problem).toMatchObject({ where: "k6", expected: expect.stringContaining("npm run k6:install") });
    expect(JSON.stringify(problem)).not.toContain("\\n");
  });

  it("follows XDG_CACHE_HOME", () => {
    expect(k6CacheFolder({ XDG_CACHE_HOME: "/x" })).toBe("/x/rpcfleet/k6");
    expect(k6CacheFolder({})).toBe(join(homedir(), ".cache/rpcfleet/k6"));
  });
});

/** A place of releases with one archive, whose checksum is told right or wrong. */
async function serveRelease(honest: boolean) {
  const asset = releaseAsset("linux", "x64") as string;
  const inside = asset.replace(".tar.gz", "");
  await fakeK6(`release/${inside}`, "k6 v2.2.0 (released)");
  execFileSync("tar", ["-czf", join(folder, asset), "-C", join(folder, "release"), inside]);
  const archive = await readFile(join(folder, asset));
  const sum = createHash("sha256")
    .update(honest ? archive : "other")
    .digest("hex");
  const files = new Map<string, string | Buffer>([
    [`/v2.2.0/${asset}`, archive],
    ["/v2.2.0/k6-v2.2.0-checksums.txt", `${"0".repeat(64)}  other.tar.gz\n${sum}  ${asset}\n`],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}

describe("installK6", () => {
  const said: string[] = [];
  const options = (releases: string) => ({
    cache: join(folder, "cache"),
    platform: "linux" as const,
    arch: "x64",
    releases,
    build: false,
    say: (line: string) => said.push(line),
  });

  it("downloads, verifies, installs, and the second time does nothing", async () => {
    const release = await serveRelease(true);
    const path = await installK6(options(release.url));
    expect(await locateK6(nowhere())).toEqual({ path, version: "k6 v2.2.0 (released)" });
    await release[Symbol.asyncDispose]();
    expect(await installK6(options(release.url))).toBe(path);
    expect(said.at(-1)).toContain("already");
  });

  it("refuses an archive that does not match its checksum and leaves nothing behind", async () => {
    await using release = await serveRelease(false);
    await expect(installK6(options(release.url))).rejects.toThrow(
      /does not match its checksum[\s\S]*--k6-bin or K6_BIN/,
    );
    expect(await readdir(folder)).not.toContain("cache");
  });

  it("says what was tried when nothing works", async () => {
    await using release = await serveRelease(true);
    await expect(installK6({ ...options(`${release.url}/none`) })).rejects.toThrow("404");
    await expect(installK6({ ...options(release.url), arch: "mips" })).rejects.toThrow("no release for linux on mips");
  });

  it("knows the names of the assets", () => {
    expect(releaseAsset("darwin", "arm64")).toBe("k6-v2.2.0-macos-arm64.zip");
    expect(releaseAsset("win32", "x64")).toBe("k6-v2.2.0-windows-amd64.zip");
    expect(releaseAsset("win32", "arm64")).toBeUndefined();
  });
});
