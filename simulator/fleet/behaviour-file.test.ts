import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadBehaviour } from "./behaviour-file.ts";

const folder = mkdtempSync(join(tmpdir(), "behaviour-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a user's behaviour file", () => {
  it("gives the programme it exports", () => {
    const path = fileOf("good.cjs", "exports.behaviour = { state: () => 1, methods: { a: () => 1 } };");
    expect(loadBehaviour(path)).toMatchObject({ programme: { methods: { a: expect.any(Function) } } });
  });

  it.each([
    ["none.cjs", undefined, "no such file"],
    ["broken.cjs", "exports.behaviour = {", "broken.cjs: Unexpected"],
    ["throws.cjs", "throw new Error('no valve')", "no valve"],
    ["elsewhere.cjs", "require('rpcfleet/behaviour')", "leave out the import and defineBehaviour()"],
    [".", undefined, "no such file"],
    ["imports.cjs", "require('./gone.cjs')", "gone.cjs"],
    [
      "empty.cjs",
      "exports.other = 1;",
      "expected export const behaviour = defineBehaviour({ ... }), its exports: other",
    ],
    ["nothing.cjs", "", "its exports: none"],
    ["methods.cjs", "exports.behaviour = { methods: { a: 1, b: () => 1 } };", "these are not: a"],
    ["without.cjs", "exports.behaviour = {};", "methods must be functions by name"],
    ["state.cjs", "exports.behaviour = { state: {}, methods: {} };", "state must be a function"],
  ])("says what is wrong with %s", (name, text, problem) => {
    const path = text === undefined ? join(folder, name) : fileOf(name, text);
    const loaded = loadBehaviour(path);
    expect("problem" in loaded && loaded.problem).toContain(problem);
    expect("problem" in loaded && loaded.problem).toContain(path);
  });
});
