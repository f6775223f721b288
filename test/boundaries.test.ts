/**
 * Who may import whom is a rule of biome.json, and a rule that never fires looks like one that holds. So each is broken once, in
 * a copy of the tree's outline beside the real configuration, where no one else's check can meet the broken files.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIOME = join(ROOT, "node_modules", ".bin", "biome");
const IMPORT = "lint/style/noRestrictedImports";
const GLOBAL = "lint/style/noRestrictedGlobals";
const CYCLE = "lint/suspicious/noImportCycles";

const uses = (from: string): string => `import { x } from "${from}";\nexport const y = x;\n`;

/** Each file with the rule it breaks. */
const PLANTED: readonly (readonly [file: string, text: string, rule: string])[] = [
  ["protocol/to-node.ts", uses("node:fs"), IMPORT],
  ["protocol/to-package.ts", uses("mqtt"), IMPORT],
  ["protocol/date.ts", "export const now = () => Date.now();\n", GLOBAL],
  ["protocol/process.ts", "export const home = process.env.HOME;\n", GLOBAL],
  ["protocol/buffer.ts", "export const bytes = Buffer.alloc(1);\n", GLOBAL],
  ["protocol/timer.ts", "export const later = () => setTimeout(() => undefined, 1);\n", GLOBAL],
  ["protocol/promise.ts", "export const later = Promise.resolve(1);\n", GLOBAL],
  ["server/to-simulator.ts", uses("../simulator/clock.ts"), IMPORT],
  ["server/rest/to-reports.ts", uses("../../reports/summary.ts"), IMPORT],
  ["server/to-scenarios.ts", uses("../scenarios/scenario.ts"), IMPORT],
  ["server/to-cli.ts", uses("../cli/errors.ts"), IMPORT],
  ["simulator/to-server.ts", uses("../server/server.ts"), IMPORT],
  ["simulator/fleet/to-reports.ts", uses("../../reports/summary.ts"), IMPORT],
  ["simulator/caller/to-scenarios.ts", uses("../../scenarios/scenario.ts"), IMPORT],
  ["simulator/to-cli.ts", uses("../cli/errors.ts"), IMPORT],
  ["simulator/behaviour/to-node.ts", uses("node:fs"), IMPORT],
  ["simulator/behaviour/to-server.ts", uses("../../server/server.ts"), IMPORT],
  ["simulator/fault/to-mqtt.ts", uses("mqtt"), IMPORT],
  ["reports/to-server.ts", uses("../server/server.ts"), IMPORT],
  ["reports/html/to-simulator.ts", uses("../../simulator/clock.ts"), IMPORT],
  ["reports/to-cli.ts", uses("../cli/errors.ts"), IMPORT],
  ["scenarios/to-server.ts", uses("../server/server.ts"), IMPORT],
  ["scenarios/to-simulator.ts", uses("../simulator/clock.ts"), IMPORT],
  ["scenarios/k6/to-node.ts", uses("node:fs"), IMPORT],
  ["scenarios/k6/to-reports.ts", uses("../../reports/summary.ts"), IMPORT],
  ["server/cycle-a.ts", 'import { b } from "./cycle-b.ts";\nexport const a = () => b;\n', CYCLE],
  ["server/cycle-b.ts", 'import { a } from "./cycle-a.ts";\nexport const b = () => a;\n', CYCLE],
  ["protocol/to-server.ts", uses("../server/server.ts"), IMPORT],
  ["protocol/to-simulator.ts", uses("../simulator/clock.ts"), IMPORT],
];

/** What the rules must let through, so that they do not merely refuse everything. */
const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ["protocol/to-protocol.ts", uses("./time.ts")],
  ["server/to-protocol.ts", uses("../protocol/time.ts")],
  ["simulator/behaviour/to-protocol.ts", uses("../../protocol/time.ts")],
  ["reports/to-protocol.ts", uses("../protocol/time.ts")],
  ["cli/to-all.ts", uses("../server/server.ts") + uses("../reports/summary.ts").replaceAll(/\b[xy]\b/g, "$&2")],
];

let findings: { rule: string; file: string }[] = [];
let printed = "";

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "rpcfleet-boundaries-"));
  try {
    for (const name of ["biome.json", ".gitignore", "package.json"]) await cp(join(ROOT, name), join(folder, name));
    for (const [file, text] of [...PLANTED, ...ALLOWED]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    printed = await lint(folder);
    findings = [...printed.matchAll(/^(\S+?):\d+:\d+ (lint\/\S+)/gm)].map(([, file, rule]) => ({
      rule: rule as string,
      file: file as string,
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function lint(folder: string): Promise<string> {
  const args = ["lint", "--colors=off", "--max-diagnostics=none", "."];
  return new Promise((resolve) => {
    execFile(BIOME, args, { cwd: folder, timeout: 30_000 }, (_, out, err) => resolve(out + err));
  });
}

describe("the import rules", () => {
  it.each(PLANTED)("%s is reported", (file, _, rule) => {
    const own = findings.filter((finding) => finding.file === file).map((finding) => finding.rule);
    expect(own, printed.slice(0, 2_000)).toContain(rule);
  });

  it.each(ALLOWED)("%s is not", (file) => {
    expect(findings.filter((finding) => finding.file === file)).toEqual([]);
  });

  it("were asked about every planted file", () => {
    const checked = Number(/Checked (\d+) files/.exec(printed)?.[1]);
    expect(checked).toBeGreaterThanOrEqual(PLANTED.length + ALLOWED.length);
  });
});

it("the core draws nothing from Math.random, which is a member and not a global that a rule could name", async () => {
  const files = (await readdir(join(ROOT, "protocol"))).filter(
    (name) => name.endsWith(".ts") && !name.includes(".test."),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const name of files)
    expect(await readFile(join(ROOT, "protocol", name), "utf8"), name).not.toMatch(/\bMath\.random\b/);
});
