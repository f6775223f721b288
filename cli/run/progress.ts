/**
 * What a person sees while a run goes on: a dashboard or one live line on a terminal, a plain line now and then elsewhere, nothing
 * when it is to be quiet.
 */
import { TerminalBlock } from "../live/terminal-block.ts";

const PLAIN_EVERY_MS = 2_000;

export interface ProgressOptions {
  readonly quiet: boolean;
  /** Whether a terminal may have more than one line. */
  readonly dashboard: boolean;
}

export class Progress {
  readonly #quiet: boolean;
  readonly #live: boolean;
  readonly #block: TerminalBlock | undefined;
  readonly #onExit = (): void => this.close();
  #lastPlain = 0;
  /** What the lines that replace each other are about, when it is more than a line. */
  #stage: string | undefined;
  #open = false;

  /** What is being done, as `update` heard it last. */
  doing = "starting";

  constructor({ quiet, dashboard }: ProgressOptions) {
    this.#quiet = quiet;
    this.#live = process.stderr.isTTY === true;
    this.#block = dashboard && !quiet && this.#live ? new TerminalBlock(process.stderr) : undefined;
  }

  /** Cells of a dashboard's line; undefined when there is to be no dashboard. */
  get dashboardWidth(): number | undefined {
    return this.#block?.width;
  }

  /** Draws the dashboard. Whatever ends the process from now on gives the cursor back first. */
  draw(lines: readonly string[]): void {
    this.#clear();
    process.off("exit", this.#onExit).on("exit", this.#onExit);
    this.#block?.draw(lines);
  }

  /** A line that stays. */
  say(line: string): void {
    if (!this.#quiet) this.insist(line);
  }

  /** A line that stays, and that is said to the quiet as well. */
  insist(line: string): void {
    this.#clear();
    if (this.#block === undefined) process.stderr.write(`${line}\n`);
    else this.#block.say(line);
  }

  /** A line that the next one replaces. A dashboard has figures of its own and shows only what is being done, if that is less. */
  update(line: string, doing = line): void {
    this.doing = doing;
    const stage = doing === line ? undefined : doing;
    const begins = stage !== this.#stage;
    this.#stage = stage;
    if (this.#quiet || this.#block !== undefined) return;
    if (this.#live) {
      process.stderr.write(`\r\u001b[K${line}`);
      this.#open = true;
      return;
    }
    const now = performance.now();
    if (!begins && now - this.#lastPlain < PLAIN_EVERY_MS) return;
    this.#lastPlain = now;
    process.stderr.write(`${line}\n`);
  }

  /** The terminal is as it was; what is said from now on stands below. */
  close(): void {
    process.off("exit", this.#onExit);
    this.#clear();
    this.#block?.close();
  }

  #clear(): void {
    if (this.#open) process.stderr.write("\r\u001b[K");
    this.#open = false;
  }
}
