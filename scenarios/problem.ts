/**
 * Problems of a scenario, in the words of its author: the place, what was expected there, what was found.
 */
import type { z } from "zod";
import { nearestWord } from "./nearest-word.ts";

export interface Problem {
  /** Place, such as `workload.rate` or `fleet.cohorts[1].latency`. */
  readonly where: string;
  /** What belongs there. */
  readonly expected: string;
  /** What was found, as text; `nothing` when there was nothing. */
  readonly got: string;
}

/** One line for people. */
export function formatProblem(problem: Problem): string {
  return `${problem.where}: expected ${problem.expected}, got ${problem.got}`;
}

interface Source {
  readonly value: unknown;
  readonly schema: z.core.JSONSchema.JSONSchema;
  readonly source: string;
}

type Path = readonly PropertyKey[];

/** All issues of a failed check as Problems; an unknown key is one Problem with the nearest known key. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], source: Source): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [problemAt(issue.path, expectation(issue), source)];
    const known = knownKeys(source, issue.path);
    return issue.keys.map((key) => ({
      where: placeOf([...issue.path, key], source.source),
      expected: nearestKey(key, known),
      got: `unknown key "${key}"`,
    }));
  });
}

function nearestKey(key: string, known: readonly string[]): string {
  const nearest = nearestWord(key, known);
  return nearest === undefined ? `one of ${known.join(", ")}` : `"${nearest}" (did you mean that?)`;
}

function problemAt(path: Path, expected: string, source: Source): Problem {
  return { where: placeOf(path, source.source), expected, got: describe(valueAt(source.value, path)) };
}

function placeOf(path: Path, source: string): string {
  let place = "";
  for (const part of path) {
    if (typeof part === "number") place += `[${part}]`;
    else place += place === "" ? String(part) : `.${String(part)}`;
  }
  if (source === "") return place === "" ? "scenario" : place;
  return place === "" ? source : `${source}: ${place}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (at === null || typeof at !== "object") return undefined;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Number.isNaN(value)) return "what is no number";
  const json = JSON.stringify(value) ?? String(value);
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      // A schema with its own words is more helpful than the bare type.
      if (!issue.message.startsWith("Invalid input")) return issue.message;
      return NOUNS[issue.expected] ?? issue.expected;
    case "too_small":
      return bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum);
    case "too_big":
      return bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum);
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options) ? `one of ${issue.options.join(", ")}` : "a JSON value";
    default:
      return issue.message;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === "string") return "text that is not empty";
  if (origin === "array") return `a list of ${relation} ${limit}`;
  return `${origin === "int" ? "a whole number" : "a number"}, ${relation} ${limit}`;
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly const?: unknown;
}

/** Keys the schema knows at `path`; in a choice, those of the branch that the value's `kind` names. */
function knownKeys(source: Source, path: Path): string[] {
  let node: SchemaNode | undefined = source.schema as SchemaNode;
  for (let depth = 0; depth <= path.length; depth++) {
    const branches: readonly SchemaNode[] | undefined = node?.oneOf;
    if (branches !== undefined) {
      const kind = valueAt(source.value, [...path.slice(0, depth), "kind"]);
      node = branches.find((branch) => branch.properties?.kind?.const === kind);
    }
    const part = path[depth];
    if (part === undefined) break;
    node = typeof part === "number" ? node?.items : node?.properties?.[String(part)];
  }
  return Object.keys(node?.properties ?? {});
}
