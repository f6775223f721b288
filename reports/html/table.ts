/** Real tables with row and column headings, and the small pieces that several blocks share. */
import type { Outcome } from "../../protocol/outcome.ts";
import { element, escapeMarkup } from "../markup.ts";
import { outcomeSwatch } from "./hatch.ts";

/** A cell: plain text is escaped, `markup` is taken as it is. */
type Cell = string | { readonly markup: string };

export interface TableContent {
  /** Headings; one that starts with `#` is of a column of numbers, set flush right. */
  readonly headings: readonly string[];
  /** Rows; the first cell is the row's heading. */
  readonly rows: readonly (readonly Cell[])[];
  /** Number of leading rows to set in bold. */
  readonly emphasized?: number;
}

export interface BlockOptions {
  readonly badge?: string;
  readonly className?: string;
  readonly id?: string;
}

/** A table that scrolls by itself when the page is narrower than it. */
export function table({ headings, rows, emphasized = 0 }: TableContent): string {
  const isNumber = headings.map((heading) => heading.startsWith("#"));
  const className = (column: number): Record<string, string> => (isNumber[column] ? { class: "num" } : {});
  const head = headings.map((heading, column) =>
    element("th", { scope: "col", ...className(column) }, escapeMarkup(heading.replace(/^#/, ""))),
  );
  const body = rows.map((row, index) => {
    const cells = row.map((cell, column) => {
      const markup = typeof cell === "string" ? escapeMarkup(cell) : cell.markup;
      return column === 0
        ? element("th", { scope: "row", ...className(0) }, markup)
        : element("td", className(column), markup);
    });
    return element("tr", index < emphasized ? { class: "head" } : {}, cells.join(""));
  });
  const content = element("thead", {}, element("tr", {}, head.join(""))) + element("tbody", {}, body.join(""));
  return scrolling(element("table", {}, content), `${(headings[0] ?? "").replace(/^#/, "")}, a table`);
}

/** Scrolls by itself when the page is narrower than its content, by keyboard too. `name` says what it is. */
export function scrolling(content: string, name: string): string {
  return element("div", { class: "wide", tabindex: 0, role: "group", "aria-label": name }, content);
}

/** An entry of a legend; `colour` is a variable of the style sheet for a line's. */
export function legend(className: string, label: string, colour?: string): string {
  const style = colour === undefined ? {} : { style: `border-color:var(${colour})` };
  return element("li", {}, element("i", { class: className, ...style }, "") + escapeMarkup(label));
}

/** One of the Outcomes, with its colour and texture. */
export function outcomeLegend(outcome: Outcome, label: string = outcome): string {
  return element("li", {}, outcomeSwatch(outcome) + escapeMarkup(label));
}

/** A block of the page with its heading. `heading` is text, `content` markup; links lead to `id`. */
export function block(heading: string, content: string, options: BlockOptions = {}): string {
  const title = element("h2", {}, escapeMarkup(heading) + (options.badge ?? ""));
  const attributes = {
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.className === undefined ? {} : { class: options.className }),
  };
  return element("section", attributes, title + content);
}

/** A word on a tinted ground; the word itself carries the meaning, the colour only repeats it. */
export function badge(kind: string, word: string): string {
  return element("span", { class: `badge ${kind}` }, escapeMarkup(word));
}

export function note(text: string): string {
  return element("p", { class: "note" }, escapeMarkup(text));
}
