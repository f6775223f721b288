/** Pieces of Markdown: texts that cannot become markup, tables, and sections that keep within a size. */
import { formatCount } from "./format.ts";

const MAX_TEXT = 300;

/**
 * Text of a scenario or a Gate is data: it must not become markup, break a table, call a person (`@name`) or link to another
 * thread (`#12`). A text beyond 300 characters is cut, which an ellipsis says.
 */
export function escapeMarkdown(text: string, longest: number = MAX_TEXT): string {
  return clip(text, longest)
    .replace(/[\\`*_[\]<>|#~$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replace(/#(?=\d)/g, "#&#8203;")
    .replaceAll("@", "@&#8203;");
}

/** The text as code in a table cell: fenced by more backticks than it has in a row. */
export function codeCell(text: string): string {
  const cut = clip(text, MAX_TEXT);
  const fence = "`".repeat(longestRun(cut) + 1);
  const edge = /^`|`$/.test(cut) || cut.trim() === "" ? " " : "";
  return `${fence}${edge}${cut.replaceAll("|", "\\|")}${edge}${fence}`;
}

/** A block of shell commands, whatever they hold. */
export function shellBlock(command: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(command) + 1));
  return `${fence}sh\n${command}\n${fence}`;
}

/** Cut to so many characters, the last of them an ellipsis then. */
export function clip(text: string, longest: number = MAX_TEXT): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** Part of a report: a head that is always there, and rows of which the last ones may be left out. */
export interface Section {
  readonly head: string;
  readonly rows: readonly string[];
  /** What stands between rows: a blank line between blocks. */
  readonly joint: "\n" | "\n\n";
  /** What the rows are, in the plural. */
  readonly what: string;
  /** Rows left out already. */
  readonly omitted: number;
}

/** A table as a section; its heading is the head. */
export function tableSection(
  what: string,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  omitted = 0,
): Section {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = [line(heading), line(heading.map(() => "---"))].join("\n");
  return { head, rows: rows.map(line), joint: "\n", what, omitted };
}

const bytes = (text: string): number => Buffer.byteLength(text);
const MOST_ROWS = 1e9;

/**
 * The sections as one text of at most `limitBytes` of UTF-8, in which rows are whole or left out and counted. Throws RangeError
 * when the heads alone do not fit: the limit is the caller's mistake.
 */
export function fitSections(sections: readonly Section[], limitBytes: number): string {
  const given = sections.filter(({ head, rows }) => head !== "" || rows.length > 0);
  const fixed = given.reduce((sum, { head, what }) => sum + bytes(`${head}\n\n\n\n${leftOut(MOST_ROWS, what)}`), 0);
  let room = limitBytes - fixed;
  if (room < 0) throw new RangeError(`a report of ${limitBytes} bytes is too small: its heads alone take ${fixed}`);
  const blocks: string[] = [];
  for (const { head, rows, joint, what, omitted } of given) {
    let kept = 0;
    for (const row of rows) {
      const cost = bytes(row) + joint.length;
      if (cost > room) break;
      room -= cost;
      kept += 1;
    }
    const missing = omitted + rows.length - kept;
    const body = [head, ...rows.slice(0, kept)].filter((text) => text !== "").join(joint);
    blocks.push(body, missing === 0 ? "" : leftOut(missing, what));
  }
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function leftOut(count: number, what: string): string {
  return `… and ${formatCount(count)} more: ${what} that are left out here`;
}
