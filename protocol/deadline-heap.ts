/**
 * Deadlines in order: a binary heap of entries that know their own place in it, so that a cancelled deadline leaves at once
 * and the heap never holds a timer that nobody waits for. Equal instants leave in the order they entered. The heap keeps the
 * instants, not the entries: there may be many entries that are never due, and those are to cost nothing.
 */
import type { Instant } from "./time.ts";

/** What an entry must carry. It belongs to the heap; -1 means "not in it". */
export interface Scheduled {
  heapIndex: number;
}

export class DeadlineHeap<T extends Scheduled> {
  /** Three columns of the same length: who, when, and how many entered before. */
  readonly #entries: T[] = [];
  readonly #deadlines: Instant[] = [];
  readonly #sequences: number[] = [];
  #sequence = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the earliest deadline, or undefined when there is none. */
  get first(): T | undefined {
    return this.#entries[0];
  }

  /** The earliest deadline, or undefined when there is none. */
  get firstDeadline(): Instant | undefined {
    return this.#deadlines[0];
  }

  /** When an entry is due; undefined when it is not in. */
  deadlineOf(entry: T): Instant | undefined {
    return entry.heapIndex < 0 ? undefined : this.#deadlines[entry.heapIndex];
  }

  /** Adds an entry that is not in a heap. */
  add(entry: T, deadline: Instant): void {
    entry.heapIndex = this.#entries.length;
    this.#entries.push(entry);
    this.#deadlines.push(deadline);
    this.#sequences.push(this.#sequence++);
    this.#rise(entry.heapIndex);
  }

  /** Takes an entry out; does nothing when it is not in. */
  remove(entry: T): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop() as T;
    const deadline = this.#deadlines.pop() as Instant;
    const sequence = this.#sequences.pop() as number;
    if (last === entry) return;
    this.#put(index, last, deadline, sequence);
    this.#rise(index);
    this.#sink(last.heapIndex);
  }

  /** Gives an entry another deadline, whether or not it was in. */
  move(entry: T, deadline: Instant): void {
    this.remove(entry);
    this.add(entry, deadline);
  }

  #put(index: number, entry: T, deadline: Instant, sequence: number): void {
    this.#entries[index] = entry;
    this.#deadlines[index] = deadline;
    this.#sequences[index] = sequence;
    entry.heapIndex = index;
  }

  #precedes(i: number, j: number): boolean {
    const a = this.#deadlines[i] as Instant;
    const b = this.#deadlines[j] as Instant;
    return a < b || (a === b && (this.#sequences[i] as number) < (this.#sequences[j] as number));
  }

  #swap(i: number, j: number): void {
    const entry = this.#entries[i] as T;
    const deadline = this.#deadlines[i] as Instant;
    const sequence = this.#sequences[i] as number;
    this.#put(i, this.#entries[j] as T, this.#deadlines[j] as Instant, this.#sequences[j] as number);
    this.#put(j, entry, deadline, sequence);
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#precedes(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      const left = 2 * index + 1;
      if (left < this.#entries.length && this.#precedes(left, least)) least = left;
      if (left + 1 < this.#entries.length && this.#precedes(left + 1, least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }
}
