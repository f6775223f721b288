/** Real tables with row and column headings, and the small pieces that several blocks share. */
import { element, escapeMarkup } from "../markup.ts";

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
  return element("div", { class: "wide" }, element("table", {}, content));
}

/** A block of the page with its heading. `heading` is text, `content` markup. */
export function block(heading: string, content: string, options: { badge?: string; className?: string } = {}): string {
  const title = element("h2", {}, escapeMarkup(heading) + (options.badge ?? ""));
  return element("section", options.className === undefined ? {} : { class: options.className }, title + content);
}

/** A word on a tinted ground; the word itself carries the meaning, the colour only repeats it. */
export function badge(kind: string, word: string): string {
  return element("span", { class: `badge ${kind}` }, escapeMarkup(word));
}

export function note(text: string): string {
  return element("p", { class: "note" }, escapeMarkup(text));
}
