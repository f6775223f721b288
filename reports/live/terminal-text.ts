/** Lines of a terminal: pieces of text with a tone, as wide as they look and never wider than there is room. */

export type Tone = "plain" | "strong" | "soft" | "good" | "warn" | "bad" | "odd";
export type Piece = readonly [text: string, tone?: Tone];

const SGR: Readonly<Record<Exclude<Tone, "plain">, string>> = {
  strong: "1",
  soft: "2",
  good: "32",
  warn: "33",
  bad: "31",
  odd: "35",
};

/** Letters of two cells (East Asian wide forms, pictures) and marks of none, as terminals draw them (Unicode TR 11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_CELL = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Cells that a text takes in a terminal. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const letter of text) cells += WIDE.test(letter) ? 2 : NO_CELL.test(letter) ? 0 : 1;
  return cells;
}

/** One line of at most `width` cells; what does not fit ends in `…`. With colours, each piece in its tone. */
export function paintLine(pieces: readonly Piece[], { width, colours }: { width: number; colours: boolean }): string {
  const total = pieces.reduce((sum, [text]) => sum + cellsOf(clean(text)), 0);
  let room = total > width ? width - 1 : width;
  let line = "";
  for (const [text, tone = "plain"] of pieces) {
    const shown = cut(clean(text), room);
    room -= cellsOf(shown);
    line += colours && tone !== "plain" && shown !== "" ? `\u001b[${SGR[tone]}m${shown}\u001b[0m` : shown;
  }
  return total > width ? `${line}…` : line;
}

/** A name from a file or a server must not steer the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

function cut(text: string, room: number): string {
  let shown = "";
  let cells = 0;
  for (const letter of text) {
    cells += cellsOf(letter);
    if (cells > room) break;
    shown += letter;
  }
  return shown;
}
