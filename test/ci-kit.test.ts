/** The templates for builds: their shell steps, run as a runner runs them, with the programs they call stood in for where needed. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { temporaryFolder } from "./rpcfleet.ts";

const KIT = fileURLToPath(new URL("../deploy/ci", import.meta.url));

const step = z.object({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  shell: z.literal("bash").optional(),
  uses: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  run: z.string().optional(),
});
type Step = z.infer<typeof step>;

const read = (name: string): unknown => parse(readFileSync(join(KIT, name), "utf8"));
const action = z
  .object({
    inputs: z.record(z.string(), z.object({ default: z.string() })),
    outputs: z.record(z.string(), z.object({ value: z.string() })),
    runs: z.object({ using: z.literal("composite"), steps: z.array(step) }),
  })
  .parse(read("action.yml"));
const workflow = z
  .object({
    permissions: z.record(z.string(), z.string()),
    jobs: z.object({ compare: z.object({ steps: z.array(step) }) }),
  })
  .parse(read("pull-request.yml"));
const gitlab = z
  .object({
    ".rpcfleet": z.object({
      variables: z.record(z.string(), z.string()),
      before_script: z.array(z.string()),
      script: z.array(z.string()),
      retry: z.object({ max: z.literal(1), exit_codes: z.literal(3) }),
      artifacts: z.object({ when: z.literal("always"), reports: z.object({ junit: z.string() }) }),
    }),
    "rpc-performance": z.object({ extends: z.literal(".rpcfleet") }),
  })
  .parse(read("gitlab-ci.yml"));

/** The text with its `${{ expressions }}` replaced; one that is not given is a fault of the template. */
function evaluate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`no value for ${expression}`);
    return value;
  });
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** A workspace with files of a runner, and stand-ins that come before the programs of the same name. */
class Runner {
  readonly folder: string;
  readonly bin: string;

  constructor(folder: string) {
    this.folder = folder;
    this.bin = join(folder, "bin");
    mkdirSync(this.bin);
  }

  static async open(): Promise<Runner> {
    return new Runner(await temporaryFolder());
  }

  /** A stand-in: bash that finds its words in "$@" and writes each call as a line of `<name>.calls`. */
  standIn(name: string, script: string): void {
    const path = join(this.bin, name);
    writeFileSync(
      path,
      `#!/usr/bin/env bash\nprintf '%s|' "$@" >> "${this.path(`${name}.calls`)}"\necho >> "${this.path(`${name}.calls`)}"\n${script}\n`,
    );
    chmodSync(path, 0o755);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : "";
  }

  calls(name: string): string[][] {
    return this.read(`${name}.calls`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("|").slice(0, -1));
  }

  /** As a runner of GitHub runs a step with `shell: bash`. */
  step({ run = "", env }: Step, values: Readonly<Record<string, string>>): Ran {
    writeFileSync(this.path("output"), "");
    const own = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, evaluate(text, values)]));
    const { code, out, err } = this.bash(["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
      ...own,
      GITHUB_ACTIONS: "true",
      GITHUB_OUTPUT: this.path("output"),
      GITHUB_STEP_SUMMARY: this.path("summary.md"),
    });
    const outputs = Object.fromEntries(
      this.read("output")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    return { code, out, err, outputs, summary: this.read("summary.md") };
  }

  bash(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): { code: number | null; out: string; err: string } {
    const { PATH = "", HOME = "" } = process.env;
    const { status, stdout, stderr } = spawnSync("bash", words, {
      cwd: this.folder,
      encoding: "utf8",
      env: { PATH: `${this.bin}${delimiter}${PATH}`, HOME, ...env },
    });
    return { code: status, out: stdout, err: stderr };
  }
}

const stepOf = (steps: readonly Step[], name: string): Step => {
  const found = steps.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no step "${name}"`);
  return found;
};

const ACTION = action.runs.steps;
const inputs = (given: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  "github.action_path": KIT,
  ...Object.fromEntries(Object.entries(action.inputs).map(([name, one]) => [`inputs.${name}`, one.default])),
  ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`inputs.${name}`, value])),
});
const SMALL = "--devices=5\n--rate=50\n--duration=1s\n--latency=constant(1ms)\n--quiet";

it("no expression stands within a script, where the text of a pull request would become a command", () => {
  const scripts = [...ACTION, ...workflow.jobs.compare.steps].flatMap(({ run }) => (run === undefined ? [] : [run]));
  expect(scripts.length).toBeGreaterThan(5);
  for (const script of scripts) expect(script).not.toContain("${{");
});

describe("the action", () => {
  it("runs a scenario, and says how it went in its outputs and the job summary", async () => {
    const runner = await Runner.open();
    const gates = "timeouts <= 10%\nlate_replies == 0\n";
    const ran = runner.step(
      stepOf(ACTION, "Run the scenario"),
      inputs({ gates, flags: SMALL, scenario: "timeout-behaviour", seed: "7" }),
    );
    expect(["0", "1", "3"]).toContain(ran.outputs["exit-code"]);
    expect(String(ran.code)).toBe(ran.outputs["exit-code"]);
    const summary = JSON.parse(runner.read(join(ran.outputs.report ?? "", "summary.json")));
    expect(ran.outputs.verdict).toBe(summary.verdict);
    expect(summary.gates.map(({ text }: { text: string }) => text)).toEqual(
      expect.arrayContaining(["timeouts <= 10%", "late_replies == 0"]),
    );
    expect(ran.summary.split("\n")[0]).toContain(`**${summary.verdict.toUpperCase()}**`);
    expect(Object.keys(action.outputs).sort()).toEqual(Object.keys(ran.outputs).sort());
  });

  it("fails with a gate, and annotates it", async () => {
    const runner = await Runner.open();
    const ran = runner.step(stepOf(ACTION, "Run the scenario"), inputs({ gates: "ok == 0", flags: SMALL }));
    expect(ran).toMatchObject({ code: 1, outputs: { verdict: "fail", "exit-code": "1" } });
    expect(ran.err).toMatch(
      /^::error title=rpcfleet two-way-latency%3A gate failed::ok == 0: observed \d+, wanted == 0$/m,
    );
    expect(ran.summary).toMatch(/^❌ \*\*FAIL\*\*/);
  });

  it.each<[string, number]>([
    ["false", 3],
    ["true", 0],
  ])("a run that cannot tell, with allow-invalid %s, ends the step with %i", async (allowed, code) => {
    const runner = await Runner.open();
    const unclear = { gates: "p99.9(rtt) < 10s", flags: SMALL, "allow-invalid": allowed };
    const ran = runner.step(stepOf(ACTION, "Run the scenario"), inputs(unclear));
    expect(ran).toMatchObject({ code, outputs: { verdict: "invalid", "exit-code": "3" } });
  });

  it("a wrong input is said, and there is no report", async () => {
    const runner = await Runner.open();
    const ran = runner.step(
      stepOf(ACTION, "Run the scenario"),
      inputs({ gates: 'p99(rtt) <\n$(touch owned) "', flags: SMALL }),
    );
    expect(ran).toMatchObject({ code: 2, outputs: { verdict: "error", "exit-code": "2", report: "" } });
    expect(ran.err).toContain("2 problems:");
    expect(existsSync(runner.path("owned"))).toBe(false);
  });

  it("sets Node up only where there is none that is new enough", async () => {
    const runner = await Runner.open();
    const look = stepOf(ACTION, "Look for Node 20.19 or later");
    expect(runner.step(look, {}).outputs).toEqual({ found: "true" });
    runner.standIn("node", "exit 1");
    expect(runner.step(look, {}).outputs).toEqual({ found: "false" });
    expect(stepOf(ACTION, "Set Node up")).toMatchObject({
      if: "steps.node.outputs.found != 'true'",
      uses: expect.stringContaining("setup-node"),
    });
  });

  it("installs itself once", async () => {
    const runner = await Runner.open();
    runner.standIn("npm", "exit 0");
    const install = stepOf(ACTION, "Install rpcfleet");
    const place = runner.path("project/deploy/ci");
    mkdirSync(place, { recursive: true });
    expect(runner.step(install, { "github.action_path": place }).code).toBe(0);
    expect(runner.calls("npm")).toEqual([["ci", "--omit=dev", "--no-audit", "--no-fund"]]);
    mkdirSync(runner.path("project/node_modules"));
    runner.step(install, { "github.action_path": place });
    expect(runner.calls("npm")).toHaveLength(1);
  });
});

describe("the workflow of a pull request", () => {
  const STEPS = workflow.jobs.compare.steps;
  const VALUES = {
    "github.event.pull_request.base.sha": "ba5e",
    "github.event.pull_request.head.sha": "cafe",
    "github.event.pull_request.number": "12",
    "github.repository": "owner/project",
    "github.token": "t",
  };

  /** A comparison that ends with these codes, one an attempt. */
  function comparing(runner: Runner, ...codes: readonly number[]): void {
    runner.standIn(
      "npx",
      `codes=(${codes.join(" ")})
attempt=$(($(wc -l < "${runner.path("npx.calls")}") - 1))
[ -z "$GITHUB_STEP_SUMMARY$GITHUB_ACTIONS" ] || exit 99
printf '**attempt %s**\\n\\n| a |\\n' "$attempt" > comparison.md
exit "\${codes[$attempt]}"`,
    );
  }

  it.each<[string, readonly number[], string]>([
    ["no regression", [0], "0"],
    ["a regression, which is not tried again", [1, 0], "1"],
    ["what cannot be told is tried once more", [3, 0], "0"],
    ["what cannot be told twice", [3, 3], "3"],
    ["a set-up that fails", [4, 0], "4"],
  ])("compares head with base: %s", async (_, codes, code) => {
    const runner = await Runner.open();
    comparing(runner, ...codes);
    const ran = runner.step(stepOf(STEPS, "Compare by interleaved pairs"), VALUES);
    expect(ran).toMatchObject({ code: 0, outputs: { "exit-code": code } });
    const attempts = codes[0] === 3 ? 2 : 1;
    expect(runner.calls("npx")).toEqual(
      Array(attempts).fill("rpcfleet ab --base ba5e --candidate cafe --pairs 5 --markdown comparison.md".split(" ")),
    );
    expect(ran.summary).toContain(`**attempt ${attempts - 1}**`);
    const verdict = runner.step(stepOf(STEPS, "Verdict"), { "steps.compare.outputs.exit-code": code });
    expect(String(verdict.code)).toBe(code);
  });

  it("lets what cannot be told pass where that is wanted, and nothing else", async () => {
    const runner = await Runner.open();
    const strict = stepOf(STEPS, "Verdict");
    const lenient = { ...strict, env: { ...strict.env, ALLOW_UNCLEAR: "true" } };
    const endOf = (code: number) => runner.step(lenient, { "steps.compare.outputs.exit-code": String(code) }).code;
    expect([0, 1, 3, 4].map(endOf)).toEqual([0, 1, 0, 4]);
  });

  it("writes one comment, and changes it at the next push", async () => {
    const runner = await Runner.open();
    const comment = stepOf(STEPS, "Comment");
    runner.standIn("gh", `case "$*" in *--paginate*) cat "${runner.path("own")}" ;; esac`);
    writeFileSync(runner.path("own"), "");
    writeFileSync(runner.path("comparison.md"), "**no regression**\n\n| a |\n");
    expect(runner.step(comment, VALUES).code).toBe(0);
    expect(runner.calls("gh")[1]).toEqual([
      "api",
      "--method",
      "POST",
      "repos/owner/project/issues/12/comments",
      "-F",
      "body=@comment.md",
    ]);
    expect(runner.read("comment.md")).toBe("<!-- rpcfleet -->\n**no regression**\n\n| a |\n");
    writeFileSync(runner.path("own"), "77\n78\n");
    runner.step(comment, VALUES);
    expect(runner.calls("gh")[3]).toEqual([
      "api",
      "--method",
      "PATCH",
      "repos/owner/project/issues/comments/77",
      "-F",
      "body=@comment.md",
    ]);
  });

  it("keeps a comment within its size, and its verdict when it may not comment", async () => {
    const runner = await Runner.open();
    const comment = stepOf(STEPS, "Comment");
    runner.standIn("gh", "exit 1");
    writeFileSync(runner.path("comparison.md"), `**no regression**\n${"| row |\n".repeat(20_000)}`);
    const ran = runner.step(comment, VALUES);
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^::warning::/) });
    expect(runner.read("comment.md")).toBe(
      "<!-- rpcfleet -->\n**no regression**\n\nThe whole comparison is in the job summary.\n",
    );
    const without = await Runner.open();
    without.standIn("gh", "exit 0");
    expect(without.step(comment, VALUES).code).toBe(0);
    expect(without.calls("gh")).toEqual([]);
  });

  it("asks for no more rights than a comment needs", () => {
    expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" });
  });
});

describe("the template for GitLab", () => {
  const job = gitlab[".rpcfleet"];
  const script = [...job.before_script, ...job.script].join("\n");

  it("runs the scenario with its gates and flags, and leaves JUnit where the job looks for it", async () => {
    const runner = await Runner.open();
    mkdirSync(runner.path("node_modules"));
    runner.standIn("npx", `shift; exec node "${KIT}/../../cli/rpcfleet.mjs" "$@"`);
    const ran = runner.bash(["-eo", "pipefail", "-c", script], { ...job.variables, RPCFLEET_FLAGS: SMALL });
    expect(runner.calls("npx")[0]).toEqual(
      expect.arrayContaining(["--gate", "p99(rtt) < 1s", "timeouts <= 0.1%", "--latency=constant(1ms)"]),
    );
    // 50 calls cannot carry a p99.
    expect(ran.code).toBe(3);
    const found = runner.bash(["-c", `cat ${job.artifacts.reports.junit}`], {});
    expect(found.out).toContain('<testsuite name="two-way-latency"');
  });

  it("installs what is not there, and ends with the exit code of the run", async () => {
    const runner = await Runner.open();
    runner.standIn("npm", "exit 0");
    runner.standIn("npx", "exit 1");
    expect(runner.bash(["-eo", "pipefail", "-c", script], job.variables).code).toBe(1);
    expect(runner.calls("npm")).toEqual([["ci", "--no-audit", "--no-fund"]]);
  });
});
