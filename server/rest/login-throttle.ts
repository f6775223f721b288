/**
 * Guessing passwords: after so many wrong ones in a row an account takes none for a while (contract 3.2). An account that does not
 * exist behaves the same, so that the answer does not tell which ones do.
 */

interface Guesses {
  readonly wrong: number;
  /** 0: not locked. */
  readonly lockedUntilMs: number;
}

export interface ThrottleOptions {
  /** 0: no limit. */
  readonly maxLoginAttempts: number;
  readonly loginLockMs: number;
}

/** More names than this are somebody making them up; the oldest are forgotten. */
const REMEMBERED = 10_000;

export class LoginThrottle {
  readonly #guesses = new Map<string, Guesses>();
  readonly #options: ThrottleOptions;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  isLocked(username: string, nowMs: number): boolean {
    const guesses = this.#guesses.get(username.toLowerCase());
    return guesses !== undefined && guesses.lockedUntilMs > nowMs;
  }

  wrong(username: string, nowMs: number): void {
    const { maxLoginAttempts, loginLockMs } = this.#options;
    if (maxLoginAttempts === 0 || this.isLocked(username, nowMs)) return;
    const name = username.toLowerCase();
    const before = this.#guesses.get(name);
    // A lock that is over starts the count again.
    const wrong = (before === undefined || before.lockedUntilMs > 0 ? 0 : before.wrong) + 1;
    this.#guesses.delete(name);
    this.#guesses.set(name, { wrong, lockedUntilMs: wrong >= maxLoginAttempts ? nowMs + loginLockMs : 0 });
    if (this.#guesses.size > REMEMBERED) this.#guesses.delete(this.#guesses.keys().next().value as string);
  }

  right(username: string): void {
    this.#guesses.delete(username.toLowerCase());
  }
}
