/** What a caller has still to do at an instant of its own: only callers who think, poll, retry or give up have any such thing. */
import { DeadlineHeap, type Scheduled } from "../../protocol/deadline-heap.ts";
import type { Instant } from "../../protocol/time.ts";
import { Alarm } from "../alarm.ts";
import { monotonicNow } from "../clock.ts";

/** `send` a call that was planned for now, `think` is over, `poll` a record, `abort` a call. */
export type Task = "send" | "think" | "poll" | "abort";

interface Item extends Scheduled {
  readonly task: Task;
  /** Row of the call; of `think`, the caller. */
  readonly of: number;
}

/** Due so soon after another it is waited for rather than slept for. */
const SPIN_US = 100;

export class Agenda {
  readonly #heap = new DeadlineHeap<Item>();
  readonly #alarm: Alarm;
  readonly #perform: (task: Task, of: number, due: Instant) => void;

  readonly ready: Promise<void>;

  /** `perform` runs at the instant or soon after it, never before. */
  constructor(perform: (task: Task, of: number, due: Instant) => void) {
    this.#perform = perform;
    this.#alarm = new Alarm(() => this.#ring());
    this.ready = this.#alarm.ready;
  }

  add(task: Task, of: number, due: Instant): void {
    this.#heap.add({ heapIndex: -1, task, of }, due);
    this.#alarm.set(this.#heap.firstDeadline as Instant);
  }

  close(): Promise<void> {
    return this.#alarm.close();
  }

  #ring(): void {
    for (let item = this.#heap.first; item !== undefined; item = this.#heap.first) {
      const due = this.#heap.firstDeadline as Instant;
      let now = monotonicNow();
      if (due - now > SPIN_US) {
        this.#alarm.set(due);
        return;
      }
      while (now < due) now = monotonicNow();
      this.#heap.remove(item);
      this.#perform(item.task, item.of, due);
    }
  }
}
