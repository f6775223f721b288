import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type SideArguments, sideProblems } from "./ab-sides.ts";
import { startServerCommand } from "./server-command.ts";
import { splitWords, wordsAfterDashes } from "./split-words.ts";
import { checkOut, commitOf } from "./worktree.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "rpcfleet-parts-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A repository with one commit and a tag on it. */
function repository(): string {
  const path = folder();
  const git = (...words: string[]): void =>
    void execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], { cwd: path, stdio: "ignore" });
  writeFileSync(join(path, "file.txt"), "first");
  git("init", "--quiet");
  git("add", "file.txt");
  git("commit", "--quiet", "-m", "first");
  git("tag", "v1");
  return path;
}

const NONE: SideArguments = {
  base: undefined,
  candidate: undefined,
  baseFlags: undefined,
  candidateFlags: undefined,
  start: undefined,
  install: false,
  whole: false,
  readyTimeout: "60s",
};

describe("words", () => {
  it("are split as a shell would", () => {
    expect(splitWords(`--latency "constant(50ms)" --fault='drop(p=1%)'  --devices 5`)).toEqual([
      "--latency",
      "constant(50ms)",
      "--fault=drop(p=1%)",
      "--devices",
      "5",
    ]);
    expect(splitWords("")).toEqual([]);
    expect(wordsAfterDashes(["ab", "--pairs", "5", "--", "--rate", "007", "--", "x"])).toEqual([
      "--rate",
      "007",
      "--",
      "x",
    ]);
    expect(wordsAfterDashes(["ab"])).toEqual([]);
  });
});

describe("what is compared", () => {
  it("is named wrong in one go", () => {
    const where = repository();
    const args = { ...NONE, base: "v1", candidate: "nope", readyTimeout: "soon", baseFlags: "--seed 3" };
    expect(sideProblems(args, ["--target=http://x"], where)).toEqual([
      "--seed: set by ab for every run; leave it out",
      "--target: the runs go to the servers of --base and --candidate; leave it out",
      '--ready-timeout: expected a duration such as 60s, got "soon"',
      "--start: needed to compare git refs of another project: the command that starts its server",
      '--candidate: "nope" is neither a git ref of this repository nor a command (a command has arguments, or is a path)',
    ]);
    expect(sideProblems(NONE, [], where)[0]).toContain("nothing to compare");
    expect(sideProblems({ ...NONE, base: "./a --b" }, [], where)).toEqual(["--candidate: both sides need one"]);
  });
});

describe("a git ref", () => {
  it("is checked out beside the project, with its modules, and taken away again", () => {
    const from = repository();
    execFileSync("mkdir", [join(from, "node_modules")]);
    writeFileSync(join(from, "file.txt"), "changed since");
    expect([commitOf("nope", from), commitOf("--all", from), commitOf("v1", folder())]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const tree = checkOut("v1", { from, install: false });
    expect(readFileSync(join(tree.folder, "file.txt"), "utf8")).toBe("first");
    expect(existsSync(join(tree.folder, "node_modules"))).toBe(true);
    tree.remove();
    tree.remove();
    expect(existsSync(tree.folder)).toBe(false);
    expect(existsSync(join(from, "node_modules"))).toBe(true);
    expect(execFileSync("git", ["worktree", "list"], { cwd: from, encoding: "utf8" }).trim().split("\n")).toHaveLength(
      1,
    );
  });
});

const LISTEN = `require("net").createServer().listen(Number(process.env.PORT), "127.0.0.1")`;

describe("a server that a command starts", () => {
  const start = (command: string, readyWithinMs = 20_000) =>
    startServerCommand({ command, folder: folder(), readyWithinMs }, () => false);

  it("finds its ports in the environment, and ends with all that it started", async () => {
    const both = ["HTTP", "MQTT"].map((name) => `PORT=$RPCFLEET_${name}_PORT node -e '${LISTEN}' &`).join(" ");
    const server = await start(`${both} wait`);
    if (typeof server === "string") throw new Error(server);
    await server.stop();
    for (const port of [server.httpPort, server.mqttPort]) {
      const refused = new Promise((resolve) => connect({ host: "127.0.0.1", port }).once("error", () => resolve(true)));
      expect(await refused).toBe(true);
    }
  });

  it("that ends early is told with its last words", async () => {
    expect(await start("echo no licence >&2; exit 7")).toBe(
      "the server ended (exit 7) before it took connections: echo no licence >&2; exit 7; it said: no licence",
    );
  });

  it("that never listens is given up, and that it was stopped is told apart", async () => {
    expect(await start("exec sleep 60", 200)).toMatch(
      /did not take connections at \$RPCFLEET_HTTP_PORT \(\d+\) within 0.2 s/,
    );
    expect(
      await startServerCommand({ command: "exec sleep 60", folder: folder(), readyWithinMs: 60_000 }, () => true),
    ).toBe("stopped");
  });
});
