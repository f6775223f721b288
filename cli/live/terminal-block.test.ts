import { describe, expect, it } from "vitest";
import { type Terminal, TerminalBlock } from "./terminal-block.ts";

/** A letter, or a command with its parameter. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys.
const STEP = /\u001b\[(\??\d*)([A-Za-z])|([\s\S])/gu;

/** A terminal as far as the block uses one: what is on it after all that was written. */
class Screen implements Terminal {
  columns: number;
  readonly rows = 6;
  readonly writes: string[] = [];
  isCursorShown = true;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  get text(): string {
    return this.#lines.join("\n").trimEnd();
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [, parameter = "", command, letter] of text.matchAll(STEP)) {
      if (letter === undefined) this.#obey(parameter, command as string);
      else this.#put(letter);
    }
  }

  #put(letter: string): void {
    if (letter === "\r") this.#column = 0;
    else if (letter === "\n") {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= "";
    } else {
      const line = (this.#lines[this.#row] as string).padEnd(this.#column);
      this.#lines[this.#row] = line.slice(0, this.#column) + letter + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  #obey(parameter: string, command: string): void {
    if (parameter === "?25") this.isCursorShown = command === "h";
    if (command === "A") this.#row -= Number(parameter);
    if (this.#row < 0) throw new Error("above the first line");
    if (command === "K" || command === "J") {
      this.#lines[this.#row] = (this.#lines[this.#row] as string).slice(0, this.#column);
    }
    if (command === "J") this.#lines.length = this.#row + 1;
  }

  /** Narrower: what is too long goes on in the next line, as most terminals have it. */
  narrow(columns: number): void {
    this.columns = columns;
    const pieces = (line: string): string[] => line.match(new RegExp(`.{1,${columns}}`, "gu")) ?? [""];
    this.#lines = this.#lines.flatMap(pieces);
    this.#row = this.#lines.length - 1;
  }
}

describe("a block at the bottom of a terminal", () => {
  it("is drawn again where it stood, longer or shorter, in one write each", () => {
    const screen = new Screen(80);
    const block = new TerminalBlock(screen);
    screen.write("$ rpcfleet run\n");
    block.draw(["one", "two"]);
    expect(screen.text).toBe("$ rpcfleet run\none\ntwo");
    expect(screen.isCursorShown).toBe(false);
    block.draw(["three", "four", "five"]);
    expect(screen.text).toBe("$ rpcfleet run\nthree\nfour\nfive");
    block.draw(["6"]);
    expect(screen.text).toBe("$ rpcfleet run\n6");
    expect(screen.writes).toHaveLength(4);
  });

  it("leaves what is said above it, and is gone with the cursor back when it is closed, once or twice", () => {
    const screen = new Screen(80);
    const block = new TerminalBlock(screen);
    block.say("connected");
    block.draw(["one", "two"]);
    block.say("pausing the server");
    block.draw(["three"]);
    expect(screen.text).toBe("connected\npausing the server\nthree");
    block.close();
    block.close();
    expect(screen.text).toBe("connected\npausing the server");
    expect(screen.isCursorShown).toBe(true);
    block.say("after");
    expect(screen.text).toBe("connected\npausing the server\nafter");
  });

  it("finds its first line again on a terminal that became narrower", () => {
    const screen = new Screen(20);
    const block = new TerminalBlock(screen);
    screen.write("before\n");
    block.draw(["a line of 18 cells", "\u001b[32mshort\u001b[0m"]);
    screen.narrow(10);
    block.draw(["narrow", "lines"]);
    expect(screen.text).toBe("before\nnarrow\nlines");
    expect(block.width).toBe(9);
  });

  it("leaves out what the screen has no lines for, and one line to stand on", () => {
    const screen = new Screen(20);
    new TerminalBlock(screen).draw(["1", "2", "3", "4", "5", "6", "7"]);
    expect(screen.text).toBe("1\n2\n3\n4\n5");
  });
});
