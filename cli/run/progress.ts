/** What a person sees while a run goes on: one live line on a terminal, a plain line now and then elsewhere. */

const PLAIN_EVERY_MS = 2_000;

export class Progress {
  readonly #quiet: boolean;
  readonly #live: boolean;
  #lastPlain = 0;
  #open = false;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
    this.#live = process.stderr.isTTY === true;
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#quiet) return;
    this.#clear();
    process.stderr.write(`${line}\n`);
  }

  /** A line that the next one replaces. */
  update(line: string): void {
    if (this.#quiet) return;
    if (this.#live) {
      process.stderr.write(`\r\u001b[K${line}`);
      this.#open = true;
      return;
    }
    const now = performance.now();
    if (now - this.#lastPlain < PLAIN_EVERY_MS) return;
    this.#lastPlain = now;
    process.stderr.write(`${line}\n`);
  }

  #clear(): void {
    if (this.#open) process.stderr.write("\r\u001b[K");
    this.#open = false;
  }
}
