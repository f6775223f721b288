/**
 * Lines at the bottom of a terminal that are drawn again in place; whatever else is said goes above them. One write for each
 * drawing, and no line is cleared before its new text is there, so nothing flickers.
 */
import { cellsOf } from "../../reports/live/terminal-text.ts";

/** What is needed of a terminal. */
export interface Terminal {
  /** Cells of a line and lines of the screen; undefined when it does not say. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

const ESC = "\u001b[";
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const CLEAR_REST_OF_LINE = `${ESC}K`;
const CLEAR_BELOW = `${ESC}J`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of.
const COLOURS = /\u001b\[\d*m/g;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export class TerminalBlock {
  readonly #terminal: Terminal;
  /** Cells of each line that stands. */
  #standing: number[] = [];
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Cells of a line. The last one is left free: some terminals go to the next line when it is written. */
  get width(): number {
    return Math.max(1, (this.#terminal.columns || DEFAULT_COLUMNS) - 1);
  }

  /** Draws the lines where the last ones stood; lines that do not fit on the screen are left out. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.#terminal.rows || DEFAULT_ROWS) - 1));
    const text = shown.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join("");
    this.#terminal.write(`${this.#isOpen ? "" : HIDE_CURSOR}${this.#home()}${text}${CLEAR_BELOW}`);
    this.#isOpen = true;
    this.#standing = shown.map((line) => cellsOf(line.replace(COLOURS, "")));
  }

  /** A line that stays, above the block. */
  say(line: string): void {
    this.#terminal.write(`${this.#home()}${CLEAR_BELOW}${line}\n`);
    this.#standing = [];
  }

  /** Takes the block away and gives the cursor back; once is enough, more does no harm. */
  close(): void {
    if (!this.#isOpen) return;
    this.#terminal.write(`${this.#home()}${CLEAR_BELOW}${SHOW_CURSOR}`);
    this.#isOpen = false;
    this.#standing = [];
  }

  /** To the first line that stands. A terminal that became narrower has broken the lines that were too wide for it. */
  #home(): string {
    const columns = this.#terminal.columns || DEFAULT_COLUMNS;
    const rows = this.#standing.reduce((sum, cells) => sum + Math.max(1, Math.ceil(cells / columns)), 0);
    return rows === 0 ? "\r" : `\r${ESC}${rows}A`;
  }
}
