/**
 * One thread wakes another: a counter in shared memory that the sleeper waits on without blocking. It costs about half of a
 * message between threads, and no less than one wake-up answers any number of rings. A bell keeps no process alive.
 */
export class Bell {
  readonly #rings: Int32Array;
  readonly #onRing: () => void;
  #closed = false;

  /** `rings` is one element of shared memory, which the other thread changes and notifies to ring. */
  constructor(rings: Int32Array, onRing: () => void) {
    this.#rings = rings;
    this.#onRing = onRing;
    this.#listen();
  }

  close(): void {
    this.#closed = true;
    // Ends the wait: one left open would keep the shared memory for as long as this thread lives.
    Atomics.notify(this.#rings, 0);
  }

  #listen(): void {
    const wait = Atomics.waitAsync(this.#rings, 0, Atomics.load(this.#rings, 0));
    if (wait.async) wait.value.then(this.#wake);
    else queueMicrotask(this.#wake);
  }

  readonly #wake = (): void => {
    if (this.#closed) return;
    this.#listen();
    this.#onRing();
  };
}
