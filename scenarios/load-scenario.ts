/**
 * Finds a Scenario by the name of a built-in one or by the path of a file: `.yaml`, `.yml`, `.json`, or a `.ts` module that
 * exports `scenario`. Whatever is wrong comes back as Problems; nothing is thrown.
 */
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseDocument } from "yaml";
import { CATALOGUE } from "./catalogue.ts";
import { nearestWord } from "./nearest-word.ts";
import type { Problem } from "./problem.ts";
import { checkScenario, type Scenario, type ScenarioInput } from "./scenario.ts";

/** The checked Scenario, and the value it was made from: overrides are applied to that and checked again. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly given: ScenarioInput;
}

type Loaded<T> = T | { readonly problems: Problem[] };

const EXTENSIONS = [".yaml", ".yml", ".json", ".ts"];

/** Loads and checks the scenario that `nameOrPath` names. Relative paths start at the working directory. */
export async function loadScenario(nameOrPath: string): Promise<Loaded<LoadedScenario>> {
  const builtIn = CATALOGUE.get(nameOrPath);
  if (builtIn !== undefined) return checkGiven(builtIn, "");
  const extension = extname(nameOrPath);
  if (!EXTENSIONS.includes(extension)) return { problems: [unknownName(nameOrPath)] };
  const read = await (extension === ".ts" ? importModule(nameOrPath) : readText(nameOrPath));
  return "problems" in read ? read : checkGiven(read.given, nameOrPath);
}

function checkGiven(given: unknown, source: string): Loaded<LoadedScenario> {
  const checked = checkScenario(given, source);
  return "problems" in checked ? checked : { scenario: checked.scenario, given: given as ScenarioInput };
}

function unknownName(name: string): Problem {
  const names = [...CATALOGUE.values()].filter(({ issue }) => issue === undefined).map((scenario) => scenario.name);
  const nearest = nearestWord(name, [...CATALOGUE.keys()]);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return {
    where: "scenario",
    expected: `one of ${names.join(", ")}, a known issue (rpcfleet scenarios lists them), or a file ending in ${EXTENSIONS.join(", ")}`,
    got: `"${name}"${hint}`,
  };
}

async function readText(path: string): Promise<Loaded<{ given: unknown }>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return { problems: [unreadable(path, error)] };
  }
  // JSON is YAML, so one parser serves both and names the line in both.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const problems = document.errors.map((error) => ({
    where: `${path}:${lineAt(text, error.pos[0])}`,
    expected: extname(path) === ".json" ? "valid JSON" : "valid YAML",
    got: error.message,
  }));
  return problems.length > 0 ? { problems } : { given: document.toJS() };
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

async function importModule(path: string): Promise<Loaded<{ given: unknown }>> {
  try {
    await readFile(path);
  } catch (error) {
    return { problems: [unreadable(path, error)] };
  }
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { scenario?: unknown };
    if (module.scenario !== undefined) return { given: module.scenario };
    const got = `exports: ${Object.keys(module).join(", ") || "none"}`;
    return { problems: [{ where: path, expected: "export const scenario = defineScenario({ ... })", got }] };
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { problems: [{ where: path, expected: "a TypeScript module that loads", got }] };
  }
}

function unreadable(path: string, error: unknown): Problem {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return { where: path, expected: "a readable file", got: missing ? "no such file" : String(error) };
}
