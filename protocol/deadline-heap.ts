/**
 * Deadlines in order: a binary heap of entries that know their own place in it, so that a cancelled deadline leaves at once
 * and the heap never holds a timer that nobody waits for. Equal instants leave in the order they entered.
 */
import type { Instant } from "./time.ts";

/** What an entry must carry. `heapIndex` and `heapSequence` belong to the heap; -1 means "not in it". */
export interface Scheduled {
  deadline: Instant;
  heapIndex: number;
  heapSequence: number;
}

export class DeadlineHeap<T extends Scheduled> {
  readonly #entries: T[] = [];
  #sequence = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the earliest deadline, or undefined when there is none. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  /** Adds an entry that is not in a heap. */
  add(entry: T): void {
    entry.heapSequence = this.#sequence++;
    entry.heapIndex = this.#entries.length;
    this.#entries.push(entry);
    this.#rise(entry.heapIndex);
  }

  /** Takes an entry out; does nothing when it is not in. */
  remove(entry: T): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop() as T;
    if (last === entry) return;
    this.#entries[index] = last;
    last.heapIndex = index;
    this.#rise(index);
    this.#sink(last.heapIndex);
  }

  /** Gives an entry another deadline, whether or not it was in. */
  move(entry: T, deadline: Instant): void {
    this.remove(entry);
    entry.deadline = deadline;
    this.add(entry);
  }

  #precedes(a: T, b: T): boolean {
    return a.deadline < b.deadline || (a.deadline === b.deadline && a.heapSequence < b.heapSequence);
  }

  #swap(i: number, j: number): void {
    const a = this.#entries[i] as T;
    const b = this.#entries[j] as T;
    this.#entries[i] = b;
    this.#entries[j] = a;
    b.heapIndex = i;
    a.heapIndex = j;
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#precedes(this.#entries[index] as T, this.#entries[parent] as T)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        const entry = this.#entries[child];
        if (entry !== undefined && this.#precedes(entry, this.#entries[least] as T)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }
}
