/** A page in a real browser, for tests: opened as a file, with what the test adds to it, and its document afterwards. */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const LONGEST_MS = 120_000;
const MOST_BYTES = 64 << 20;
/** What a page may spend on timers, in a time that only counts them. */
const BUDGET_MS = 20_000;

/** The browser's name; undefined where there is none. */
export function findChromium(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ["--version"]).status === 0);
}

export interface Visit {
  readonly html: string;
  readonly scheme: "light" | "dark";
  readonly width: number;
  /** Run in the page when everything of its own has run; what it resolves to is the visit's result. It must be complete in itself. */
  readonly script: string;
}

/** The result of the visit's script as JSON. Rejects when the browser fails, or the script came to no end. */
export async function visit(browser: string, { html, scheme, width, script }: Visit): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), "rpcfleet-page-"));
  try {
    const file = join(folder, "report.html");
    writeFileSync(file, withScripts(html, script));
    const flags = [
      ...["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(folder, "profile")}`],
      ...(scheme === "dark" ? ["--force-dark-mode"] : []),
      ...[`--window-size=${width},1200`, `--virtual-time-budget=${BUDGET_MS}`, "--dump-dom", `file://${file}`],
    ];
    const dom = await run(browser, flags);
    const found = /<pre id="visit-result">([A-Za-z0-9+/=]*)<\/pre>/.exec(dom)?.[1];
    if (found === undefined) throw new Error("the script in the page came to no end");
    return JSON.parse(Buffer.from(found, "base64").toString());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gathers what the policy refuses and what fails, from before the first element on. */
const WATCH =
  "window.troubles=[];addEventListener('securitypolicyviolation',(e)=>troubles.push(e.violatedDirective+' '+e.blockedURI));" +
  "addEventListener('error',(e)=>troubles.push(e.message))";

/** The page with two more scripts, which its policy then has to allow. */
function withScripts(html: string, script: string): string {
  const body = `(async()=>{const result=await (${script})();const pre=document.createElement('pre');pre.id='visit-result';pre.textContent=btoa(unescape(encodeURIComponent(JSON.stringify(result))));document.body.append(pre)})()`;
  const hash = (code: string): string => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;
  return html
    .replace(/script-src [^"]*/, (sources) => `${sources} ${hash(WATCH)} ${hash(body)}`)
    .replace("<title>", () => `<script>${WATCH}</script><title>`)
    .replace("</body>", () => `<script>${body}</script></body>`);
}

function run(browser: string, flags: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: LONGEST_MS, maxBuffer: MOST_BYTES, killSignal: "SIGKILL" } as const;
    execFile(browser, flags, options, (error, out) => (error === null ? resolve(out) : reject(error)));
  });
}
