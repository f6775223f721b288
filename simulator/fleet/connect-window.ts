/** Which devices connect when: a window of them at a time, at a rate if there is one, and a few tries for each. */
const CONNECT_TRIES = 3;
const ROUND_MS = 20;
const MS_PER_S = 1_000;

/** What the window needs of a device. */
export interface ConnectingDevice {
  /** A fault has changed its latest attempt. */
  readonly attemptChanged: boolean;
  connect(): void;
}

export interface ConnectWindowOptions {
  /** How many connections may be in the making at once. */
  readonly width: number;
  /** At most so many are begun in a second. */
  readonly rate: number | undefined;
  readonly devices: readonly ConnectingDevice[];
}

export class ConnectWindow {
  readonly #options: ConnectWindowOptions;
  readonly #waiting: ConnectingDevice[];
  readonly #tries = new Map<ConnectingDevice, number>();
  #settled = 0;
  #failed = 0;
  #firstFailure: string | undefined;
  #done: (() => void) | undefined;
  #rounds: NodeJS.Timeout | undefined;
  /** Connections that the rate allows by now. */
  #allowance = 0;

  constructor(options: ConnectWindowOptions) {
    this.#options = options;
    this.#waiting = [...options.devices].reverse();
  }

  /** Devices given up. */
  get failed(): number {
    return this.#failed;
  }

  /** The first reason for which a connection failed, for the user's eyes. */
  get firstFailure(): string | undefined {
    return this.#firstFailure;
  }

  /** Resolves when each device is connected or given up. */
  async run(): Promise<void> {
    const { rate } = this.#options;
    await new Promise<void>((resolve) => {
      this.#done = resolve;
      if (rate === undefined) this.#more();
      else {
        this.#rounds = setInterval(() => {
          this.#allowance = Math.min(this.#allowance + (rate * ROUND_MS) / MS_PER_S, Math.max(1, rate));
          this.#more();
        }, ROUND_MS);
      }
    });
    clearInterval(this.#rounds);
  }

  /** A device is connected. */
  settle(device: ConnectingDevice): void {
    if (!this.#tries.delete(device)) return;
    this.#settleOne();
  }

  /**
   * A connection came to nothing: what is to be done; undefined: the device goes on by itself, because it was not connecting, or
   * because a fault spoilt the attempt, for which nobody waits.
   */
  fail(device: ConnectingDevice, reason: string): "again" | "given up" | undefined {
    const tries = this.#tries.get(device);
    if (tries === undefined) return undefined;
    this.#firstFailure ??= reason;
    if (device.attemptChanged) {
      this.settle(device);
      return undefined;
    }
    if (tries < CONNECT_TRIES && !reason.startsWith("refused")) {
      this.#tries.set(device, tries + 1);
      return "again";
    }
    this.#tries.delete(device);
    this.#failed++;
    this.#settleOne();
    return "given up";
  }

  #more(): void {
    while (this.#tries.size < this.#options.width && (this.#options.rate === undefined || this.#allowance >= 1)) {
      const device = this.#waiting.pop();
      if (device === undefined) break;
      this.#allowance--;
      this.#tries.set(device, 1);
      device.connect();
    }
  }

  #settleOne(): void {
    this.#settled++;
    if (this.#settled === this.#options.devices.length) this.#done?.();
    else if (this.#options.rate === undefined) this.#more();
  }
}
