/** docs/latency.md and README.md say what the code does: every form is there with the example and the words of the menu. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { isProblem } from "../form.ts";
import { parseLatency } from "../latency.ts";
import { FILE_FORMS } from "./inline-files.ts";
import { TIMEOUT } from "./latency-test-support.ts";
import { LATENCY_MENU } from "./menu.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Rows of a Markdown table whose first cell is code. */
function rows(markdown: string): string[] {
  return markdown.split("\n").filter((line) => line.startsWith("| `"));
}

it("docs/latency.md has one row for each form, and no other", async () => {
  const expected = [...LATENCY_MENU.values(), ...FILE_FORMS].map(
    ({ example, meaning }) => `| \`${example.replaceAll("|", "\\|")}\` | ${meaning} |`,
  );
  expect(rows(await readFile(new URL("docs/latency.md", ROOT), "utf8"))).toEqual(expected);
});

it("every latency form in README.md is accepted", async () => {
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const table = readme.slice(readme.indexOf("| latency form |"), readme.indexOf("| fault form |"));
  const forms = [...table.matchAll(/`([^`]+)`/g)]
    .map(([, form]) => form as string)
    .filter((form) => form.includes("(") && !form.includes("file="));
  expect(forms.length).toBeGreaterThan(15);
  for (const form of forms) {
    const parsed = parseLatency(form, TIMEOUT);
    expect(isProblem(parsed) ? parsed.message : "", form).toBe("");
  }
});
