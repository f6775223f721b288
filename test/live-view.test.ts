/** A run as it is watched: on a pseudo-terminal (that of `script`, which every Debian has), in a pipe, and on its page. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { startRpcfleet, temporaryFolder } from "./rpcfleet.ts";

const ENTRY = fileURLToPath(new URL("../cli/rpcfleet.mjs", import.meta.url));
const SMALL = ["--devices", "5", "--rate", "50", "--seed", "7"];
const QUICK = ["--latency", "constant(20ms)", "--duration", "1s"];
const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const COLOUR = "\u001b[32m";

interface OnTerminal {
  readonly code: number | null;
  /** Everything that the terminal was told. */
  readonly text: string;
}

/** `rpcfleet <words>` on a terminal of 80 columns; `onText` may type. */
function onTerminal(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  onText: (text: string, type: (keys: string) => void) => void = () => undefined,
): Promise<OnTerminal> {
  const quoted = [process.execPath, ENTRY, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", `stty cols 80 rows 40; exec ${quoted}`, "/dev/null"], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
    onText(text, (keys) => child.stdin.write(keys));
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, text })));
}

describe.runIf(process.platform === "linux")("on a terminal", () => {
  it("a run draws a dashboard in place, gives the cursor back, and its report follows", async () => {
    const out = await temporaryFolder();
    const { text } = await onTerminal(["run", ...SMALL, ...QUICK, "--out", out], { NO_COLOR: "" });
    const [before, after] = text.split(SHOW) as [string, string];
    expect(text.split(SHOW)).toHaveLength(2);
    expect(before).toContain(HIDE);
    expect(before).toContain("two-way-latency");
    expect(before).toMatch(/calls {5}\d+ of \d+ ended/);
    expect(before).toContain("5 of 5 connected");
    expect(before).toContain(COLOUR);
    expect(after).toMatch(/(PASS|FAIL|INVALID).*two-way-latency[\s\S]*report /);
    expect(after).not.toContain("\u001b[?");
  });

  it("Ctrl-C ends it in good order with the cursor back, and a second one at once", async () => {
    const out = await temporaryFolder();
    let typed = 0;
    const long = ["run", ...SMALL, "--latency", "constant(20s)", "--timeout", "30s", "--duration", "60s", "--out", out];
    const { code, text } = await onTerminal(long, { NO_COLOR: "1" }, (shown, type) => {
      const isDue =
        typed === 0 ? /calls {5}[\s\S]*in flight/.test(shown) : shown.includes("Ctrl-C again ends it at once");
      if (typed < 2 && isDue) {
        typed++;
        type("\u0003");
      }
    });
    expect([code, typed]).toEqual([130, 2]);
    expect(text.lastIndexOf(SHOW)).toBeGreaterThan(text.lastIndexOf(HIDE));
    expect(text).not.toContain(COLOUR);
  });

  it("an error leaves the cursor where it was found", async () => {
    const out = await temporaryFolder();
    const { code, text } = await onTerminal(["run", "--target", "http://127.0.0.1:9", "--out", out]);
    expect(code).toBe(4);
    expect(text.lastIndexOf(SHOW)).toBeGreaterThan(text.lastIndexOf(HIDE));
    expect(text.lastIndexOf("127.0.0.1:9")).toBeGreaterThan(text.lastIndexOf(SHOW));
  });

  it.each([
    // biome-ignore lint/suspicious/noControlCharactersInRegex: how a line is drawn again.
    ["--no-dashboard has one line, drawn again in place", "--no-dashboard", /\r\u001b\[K\d+ of \d+ calls ended/],
    ["--quiet has nothing but what was asked for", "--quiet", /^\{/],
  ])("%s", async (_, flag, expected) => {
    const out = await temporaryFolder();
    const { text } = await onTerminal(["run", ...SMALL, ...QUICK, "--out", out, "--json", flag]);
    expect(text).toMatch(expected);
    expect(text).not.toContain(HIDE);
  });
});

describe("not on a terminal", () => {
  it("--live says where its page is, which is there during the run and gone with it; how it was watched is not the run", async () => {
    const out = await temporaryFolder();
    let page: Promise<string> | undefined;
    const { finished } = startRpcfleet(["run", ...SMALL, ...QUICK, "--out", out, "--live", "--json"], (err) => {
      const url = /live view at (http:\/\/127\.0\.0\.1:\d+\/)\n/.exec(err)?.[1];
      // A reader that stays must not keep the run from ending.
      if (url !== undefined) page ??= fetch(`${url}events`).then((response) => response.text());
    });
    const { err, out: printed } = await finished;
    expect(err).not.toContain("\u001b");
    expect(err).toMatch(/\d+ of \d+ calls ended\n/);
    const told = (await page) as string;
    expect(told).toMatch(/event: frame\ndata: .*"doing":"calling"/);
    const { counts, command, verdict } = JSON.parse(printed);
    expect(told.trimEnd().endsWith(`event: end\ndata: "${verdict}"`)).toBe(true);
    const last = told.split("\n").findLast((line) => line.startsWith('data: {"doing"')) as string;
    expect(JSON.parse(last.slice("data: ".length))).toMatchObject({
      ended: String(counts.planned),
      "outcome-ok": expect.stringMatching(`^${counts.ok}\\b`),
      verdict: expect.stringContaining("report.html"),
    });
    expect(command).not.toContain("--live");
  });
});
