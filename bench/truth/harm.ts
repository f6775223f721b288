/** What the suite does to the load generator, to see that it owns up to it. */
import type { CallBatch } from "../../simulator/caller/call-batch.ts";

export type Harm =
  /** The caller's event loop is held up once. */
  | { readonly kind: "block"; readonly atMs: number; readonly forMs: number }
  /** The whole heap of the caller's thread is collected again and again, with so many objects alive in it. */
  | { readonly kind: "garbage"; readonly everyMs: number; readonly objects: number }
  /** The caller's process stands still for a part of each period, as under a CPU quota that it has used up. */
  | { readonly kind: "quota"; readonly everyMs: number; readonly forMs: number }
  /** The wall clock is put forward an hour, and back two. */
  | { readonly kind: "clock"; readonly forwardAtMs: number; readonly backAtMs: number };

export interface HarmedBatch extends CallBatch {
  readonly harm: Harm;
}
