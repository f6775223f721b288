/**
 * `empirical(file=measured.csv)` and `trace(file=course.csv)` name data outside of the text. Before a run each is replaced by the data
 * themselves, in the forms `quantiles(...)` and `trace(...)`, so that the plan kept with a run says all of it and the fleet's thread reads
 * no file. Reading is the caller's; this file only finds the places.
 */
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../form.ts";

/** What a file form asks for. */
export interface FileReference {
  readonly name: "empirical" | "trace";
  readonly file: string;
  /** Column of a CSV file by its heading. */
  readonly column: string | undefined;
  /** Unit of delays that are plain numbers. */
  readonly unit: string | undefined;
  /** Unit of a course's times that are plain numbers. */
  readonly time: string | undefined;
  /** Tag of the lines of an HdrHistogram log. */
  readonly tag: string | undefined;
  /** Arguments that go into the inlined form as they are, such as `, cap=2s, beyond=clamp`. */
  readonly rest: string;
}

/** The two forms that name a file, for the documentation. */
export const FILE_FORMS = [
  {
    name: "empirical",
    example: "empirical(file=measured.csv, unit=ms)",
    meaning:
      "measured delays: a CSV of samples, a CSV of quantiles (50%,40ms), or an HdrHistogram log (.hlog, tag=response-time); becomes quantiles(...)",
  },
  {
    name: "trace",
    example: "trace(file=course.csv, time=s, unit=ms, block=10s)",
    meaning: "a recorded course: a CSV of time since its start and delay, replayed; becomes trace(0s: ...)",
  },
] as const;

const UNITS = ["us", "ms", "s", "m", "h"] as const;
const OWN = ["file", "column", "unit", "time", "tag"] as const;

/** The text with every file form replaced by what `read` makes of it, or everything that is wrong. */
export function inlineFiles(
  text: string,
  read: (reference: FileReference) => string | FormProblem,
): string | FormProblem {
  const problems: string[] = [];
  let inlined = "";
  let from = 0;
  for (const match of text.matchAll(/\b(?:empirical|trace)\s*\(/g)) {
    const end = closing(text, match.index + match[0].length);
    if (match.index < from || end === undefined) continue;
    const reference = readReference(text.slice(match.index, end));
    if (reference === undefined) continue;
    const found = isProblem(reference) ? reference : read(reference);
    if (typeof found === "string") inlined += text.slice(from, match.index) + found;
    else problems.push(found.message);
    from = end;
  }
  return problems.length > 0 ? problem(problems.join("; ")) : inlined + text.slice(from);
}

/** The place after the bracket that closes the one before `start`. */
function closing(text: string, start: number): number | undefined {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i + 1;
  }
  return undefined;
}

/** Undefined for a trace whose data stand in the text already. */
function readReference(text: string): FileReference | FormProblem | undefined {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  if (form.name === "trace" && !form.values.has("file")) return undefined;
  const reader = new FormReader(form);
  const name = form.name === "trace" ? "trace" : "empirical";
  const file = reader.text("file", 0);
  if (file === undefined) reader.refuse("file is missing (such as file=measured.csv)");
  const unit = reader.choice("unit", UNITS);
  const time = reader.choice("time", UNITS);
  const rest = [...form.values].filter(([key]) => !OWN.some((own) => own === key) && key !== "0");
  if (reader.problems.length > 0 || file === undefined) return problem(reader.problems.join("; "));
  return {
    name,
    file,
    column: reader.text("column"),
    unit,
    time,
    tag: reader.text("tag"),
    rest: rest.map(([key, value]) => `, ${key}=${value}`).join(""),
  };
}
