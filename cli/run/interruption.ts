/** Ctrl-C: the first one ends the run in good order, the second one ends the process. */
import { EXIT, Interrupted } from "../errors.ts";

export class Interruption {
  readonly #say: (line: string) => void;
  #interrupted = false;
  #stop: (() => void) | undefined;
  readonly #onSignal = (): void => {
    if (this.#interrupted) process.exit(EXIT.interrupted);
    this.#interrupted = true;
    this.#say("ending the run; Ctrl-C again ends it at once");
    this.#stop?.();
  };

  /** `say` tells the user, whatever else is on the terminal. */
  constructor(say: (line: string) => void) {
    this.#say = say;
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
  }

  get happened(): boolean {
    return this.#interrupted;
  }

  /** Runs `stop` when the interruption comes (at once when it has come already); undefined takes it back. */
  onStop(stop: (() => void) | undefined): void {
    this.#stop = stop;
    if (this.#interrupted) stop?.();
  }

  /** Between two steps of preparing: throws when the user wants out. */
  check(): void {
    if (this.#interrupted) throw new Interrupted();
  }

  release(): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
  }
}
