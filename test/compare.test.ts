/** Commands that compare runs, as their users type them. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRunFolder } from "../reports/compare/run-fixture.ts";
import { type Finished, type Started, startRpcfleet } from "./rpcfleet.ts";

/** A project whose "run" copies a finished run, slower by what its commit says; the run of a pair may wait for ever. */
const STUB = `
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
const word = (flag) => process.argv[process.argv.indexOf(flag) + 1];
const out = word("--out");
appendFileSync(process.env.STUB_LOG, out.split("/").at(-1) + " " + word("--seed") + "\\n");
if (out.includes("pair-" + process.env.STUB_HANGS)) await new Promise(() => setInterval(() => {}, 1e6));
cpSync(process.env.STUB_RUN, out + "/run", { recursive: true });
const path = out + "/run/summary.json";
const summary = JSON.parse(readFileSync(path, "utf8"));
const factor = Number(readFileSync(new URL("../factor", import.meta.url), "utf8"));
summary.seed = word("--seed");
summary.window.startedAt = new Date().toISOString();
summary.responseTimeUs.p99 = Math.round(summary.responseTimeUs.p99 * factor);
writeFileSync(path, JSON.stringify(summary));
`;

let parent = "";
let project = "";
const runs: Record<"a" | "b", string[]> = { a: [], b: [] };

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "rpcfleet-compare-"));
  for (const [minute, side] of (["a", "b", "b", "a", "a", "b", "b", "a", "a", "b"] as const).entries()) {
    const seed = String(runs[side].length);
    const deviceTime = (side === "b" ? 60_000 : 50_000) + minute * 100;
    runs[side].push(await writeRunFolder(parent, `${side}${seed}`, { seed, minute, deviceTime }));
  }
  project = join(parent, "project");
  await mkdir(join(project, "cli"), { recursive: true });
  const git = (...words: string[]): void =>
    void execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], {
      cwd: project,
      stdio: "ignore",
    });
  git("init", "--quiet");
  await writeFile(join(project, "package.json"), '{"name":"rpcfleet","type":"module"}');
  await writeFile(join(project, "cli", "rpcfleet.mjs"), STUB);
  for (const [tag, factor] of [
    ["fast", "1"],
    ["slow", "1.2"],
  ] as const) {
    await writeFile(join(project, "factor"), factor);
    git("add", ".");
    git("commit", "--quiet", "-m", tag);
    git("tag", tag);
  }
});

afterAll(() => rm(parent, { recursive: true }));

/** `rpcfleet` in the stub project; `onError` hears all of standard error so far. */
function start(words: readonly string[], env: Record<string, string> = {}, onError?: (text: string) => void): Started {
  const stub = { STUB_RUN: runs.a[0] as string, STUB_LOG: join(parent, "log"), STUB_HANGS: "none" };
  return startRpcfleet(words, onError, { cwd: project, env: { ...stub, ...env } });
}

const rpcfleet = (...words: string[]): Promise<Finished> => start(words).finished;
const worktrees = (): number =>
  execFileSync("git", ["worktree", "list"], { cwd: project, encoding: "utf8" }).trim().split("\n").length;

describe("compare", () => {
  it("finds the slower of two sets, and writes the page", async () => {
    const page = join(parent, "pages", "c.html");
    const { code, out } = await rpcfleet("compare", "--a", ...runs.a, "--b", ...runs.b, "--html", page, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ schema: "rpcfleet.comparison/1", verdict: "regression", paired: true });
    expect(await readFile(page, "utf8")).toContain("REGRESSION");
  });

  it("decides nothing by one run of each", async () => {
    const { code, out } = await rpcfleet("compare", runs.a[0] as string, runs.b[0] as string);
    expect(code).toBe(3);
    expect(out).toMatch(/^Cannot tell: One run of each decides nothing/);
    expect(out).not.toMatch(/Regression|worse$/m);
  });

  it("refuses runs of two scenarios unless it must, and says what differs", async () => {
    const other = await writeRunFolder(parent, "other", { seed: "9", minute: 30, latency: "constant(9ms)" });
    const words = ["compare", runs.a[0] as string, other];
    expect(await rpcfleet(...words)).toMatchObject({
      code: 2,
      err: expect.stringContaining("fleet.cohorts[0].latency: constant(50ms) -> constant(9ms)); --force compares"),
    });
    expect((await rpcfleet(...words, "--force")).code).toBe(3);
  });

  it("says every problem of its flags, and which run cannot be read", async () => {
    const wrong = await rpcfleet(
      "compare",
      runs.a[0] as string,
      runs.b[0] as string,
      "--floor",
      "lots",
      "--metrics",
      "p98(rtt)",
    );
    expect([wrong.code, wrong.err.split("\n").slice(0, 2)]).toEqual([
      2,
      ["2 problems:", '  --floor: expected a percentage such as 3%, got "lots"'],
    ]);
    expect(wrong.err).toContain('no metric "p98(rtt)"; did you mean');
    expect(await rpcfleet("compare", "nowhere", runs.b[0] as string)).toMatchObject({
      code: 4,
      err: expect.stringContaining("nowhere"),
    });
    expect((await rpcfleet("compare", "one")).err).toContain("expected two runs");
  });
});

describe("ab", () => {
  const AB = ["ab", "--whole", "--seed", "7", "--out", "runs"];

  it("takes turns with one seed a pair, and finds the slower commit", async () => {
    const log = join(parent, "abba");
    const { code, out, err } = await start([...AB, "--base", "fast", "--candidate", "slow"], { STUB_LOG: log })
      .finished;
    expect([code, out.split("\n")[0]]).toEqual([1, expect.stringMatching(/^Regression: p99\(rtt\) \+20\.0 %/)]);
    expect(err).toContain("pair 5 of 5: base");
    expect((await readFile(log, "utf8")).trim().split("\n")).toEqual(
      ["1-base 7-1", "1-candidate 7-1", "2-candidate 7-2", "2-base 7-2", "3-base 7-3", "3-candidate 7-3"]
        .concat(["4-candidate 7-4", "4-base 7-4", "5-base 7-5", "5-candidate 7-5"])
        .map((line) => `pair-${line}`),
    );
    expect(worktrees()).toBe(1);
  });

  it("finds nothing between a commit and itself", async () => {
    const { code, out } = await rpcfleet(...AB, "--base", "fast", "--candidate", "fast", "--quiet");
    expect([code, out.split("\n")[0]]).toEqual([0, expect.stringMatching(/^No regression over 5 pairs/)]);
  });

  it("shows at Ctrl-C what it has, and leaves neither runs nor worktrees behind", async () => {
    let interrupted = false;
    const words = [...AB, "--base", "fast", "--candidate", "slow"];
    const { child, finished } = start(words, { STUB_HANGS: "3" }, (err) => {
      if (interrupted || !err.includes("pair 3 of 5")) return;
      interrupted = true;
      child.kill("SIGINT");
    });
    const { code, out } = await finished;
    expect(code).toBe(130);
    expect(out).toContain("2 pairs cannot decide one deciding metric");
    expect(worktrees()).toBe(1);
  });

  it("says why a side cannot be measured", async () => {
    const { code, err } = await rpcfleet("ab", "--base", "echo no licence >&2; exit 1", "--candidate", "exit 0");
    expect([code, err]).toEqual([4, expect.stringContaining("base: the server ended (exit 1)")]);
    expect(err).toContain("no licence");
    const few = await rpcfleet("ab", "--base", "fast", "--candidate", "slow", "--pairs", "4", "--", "--seed", "3");
    expect(few.code).toBe(2);
    expect(few.err).toContain("--pairs: one deciding metric can be decided by 5 to 200 pairs, got 4");
    expect(few.err).toContain("--seed: set by ab for every run");
  });
});

describe("baseline and trend", () => {
  it("keep a run, list it, compare with it and show many", async () => {
    const saved = await rpcfleet("baseline", "save", runs.a[0] as string, "--dir", "kept");
    expect(saved).toMatchObject({ code: 0, out: expect.stringContaining("kept/two-way-latency.json") });
    expect((await rpcfleet("baseline", "list", "--dir", "kept")).out).toMatch(
      /^kept\/two-way-latency\.json: p50 5\d\.\d+ ms/,
    );
    const compared = await rpcfleet("compare", "kept/two-way-latency.json", runs.b[0] as string, "--markdown");
    expect([compared.code, compared.out]).toEqual([3, expect.stringContaining("| p99(rtt)")]);
  });

  it("show many runs in the order of time, from folders and by name", async () => {
    const folder = join(parent, "many");
    for (const [index, run] of runs.b.entries()) await cp(run, join(folder, String(index)), { recursive: true });
    const trend = await rpcfleet("trend", folder, runs.a[0] as string, "--json");
    expect(JSON.parse(trend.out)).toMatchObject({
      trends: [{ runs: expect.objectContaining({ length: 6 }) }],
      leftOut: [],
    });
    expect((await rpcfleet("trend", folder)).out).toContain("5 runs on Test CPU");
    expect(await rpcfleet("trend", project)).toMatchObject({
      code: 2,
      err: expect.stringContaining("no runs and no baselines"),
    });
  });
});

describe("calibrate", () => {
  it("measures short runs on a server and fleets of its own, and keeps what it found", async () => {
    const store = join(parent, "kept", "machine.json");
    const flags = ["--fast", "--trials", "1", "--inject", "10%", "--seed", "3", "--duration", "200ms"];
    const { code, out, err } = await rpcfleet("calibrate", ...flags, "--store", store, "--json", "--quiet");
    // Whether this machine is fit is for a table of many trials to say.
    expect([code === 0 || code === 1, err]).toEqual([true, ""]);
    const calibration = JSON.parse(await readFile(store, "utf8"));
    expect(calibration).toEqual(JSON.parse(out));
    expect(calibration).toMatchObject({ schema: "rpcfleet.calibration/1", seed: "3", mode: "fast", pairs: 5 });
    expect(calibration.command).toContain("rpcfleet calibrate --fast --trials 1");
    expect(calibration.power).toMatchObject({ injected: 0.1 });
  }, 90_000);

  it("says every problem of its flags", async () => {
    const { code, err } = await rpcfleet(
      "calibrate",
      "--pairs",
      "3",
      "--trials",
      "0",
      "--inject",
      "much",
      "--rate",
      "0",
    );
    expect([code, err.split("\n")[0]]).toEqual([2, "4 problems:"]);
  });
});
