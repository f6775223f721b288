/** The coverage matrix against the faults there are, the tests that see them, and the page that lists them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import type { FaultKind } from "./device-fault.ts";
import { faultPage } from "./fault-page.ts";
import { FAULT_KINDS, parseFault } from "./parse-fault.ts";

interface Row {
  /** Row of the fault menu. */
  readonly id: string;
  readonly form?: string;
  /** The test that sees it on the wire. */
  readonly test?: string;
  /** Why there is no form. */
  readonly leftOut?: string;
}

interface Matrix {
  /** Groups of the menu whose every row is in here. */
  readonly groups: readonly string[];
  readonly rows: readonly Row[];
  /** What other tools offer, and the rows it comes to; without any there is a note. */
  readonly outside: readonly { tool: string; name: string; ids: readonly string[]; note?: string }[];
}

const ROOT = new URL("../../", import.meta.url);
const matrix = JSON.parse(readFileSync(new URL("matrix.json", import.meta.url), "utf8")) as Matrix;
const ROWS_OF_GROUP: Readonly<Record<string, number>> = { A: 15, B: 14, C: 18, D: 18, E: 12, F: 9, G: 7 };

const isCovered = (id: string): boolean => matrix.groups.includes(id.charAt(0));
const kinds = [...FAULT_KINDS.values()];
const built = matrix.rows.filter((row): row is Row & { form: string; test: string } => row.form !== undefined);

/** The kind of a form; throws when it does not parse. */
function kindOf(form: string): FaultKind {
  const parsed = parseFault(form, { timeout: 5 * SECOND });
  if (isProblem(parsed)) throw new Error(`${form}: ${parsed.message}`);
  return parsed.kind;
}

it("no row of a covered group is missing", () => {
  const expected = matrix.groups.flatMap((group) =>
    Array.from({ length: ROWS_OF_GROUP[group] as number }, (_, i) => `${group}${i + 1}`),
  );
  const ids = new Set(matrix.rows.map(({ id }) => id));
  expect(expected.filter((id) => !ids.has(id))).toEqual([]);
});

it.each(matrix.rows.map((row) => [`${row.id} ${row.form ?? "left out"}`, row] as const))("%s", (_, row) => {
  if (row.form === undefined) {
    expect(row.leftOut).toMatch(/\w+ \w+/);
    expect(row.test).toBeUndefined();
    return;
  }
  expect(row.leftOut).toBeUndefined();
  const { name } = kindOf(row.form);
  const test = readFileSync(new URL(row.test as string, ROOT), "utf8");
  // As a form, in quotes of any kind.
  expect(test).toMatch(new RegExp(`["\`]${name}["\`(]`));
});

it.each(kinds.filter(({ id }) => isCovered(id)).map((kind) => [kind.name, kind] as const))(
  "%s stands in the matrix under its own row",
  (name, { id }) => {
    expect(built.filter(({ form }) => kindOf(form).name === name).map((row) => row.id)).toContain(id);
  },
);

describe("what other tools offer", () => {
  it.each(matrix.outside.map((each) => [`${each.tool}: ${each.name}`, each] as const))("%s", (_, { ids, note }) => {
    if (ids.length === 0) expect(note).toBeDefined();
    const rows = new Set(matrix.rows.map(({ id }) => id));
    expect(ids.filter((id) => isCovered(id) && !rows.has(id))).toEqual([]);
  });

  it("is named once each", () => {
    const names = matrix.outside.map(({ tool, name }) => `${tool}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

it("docs/faults.md is what the code says (vitest -u writes it)", async () => {
  const forms = new Map(built.map(({ form }) => [kindOf(form).name, form]));
  await expect(faultPage(kinds, forms)).toMatchFileSnapshot("../../docs/faults.md");
});
