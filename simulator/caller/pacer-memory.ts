/** What a pacer shares with its thread: the plan, when it begins, and how far both are. */

export interface PacerMemory {
  /** Intended starts since the origin, in order. */
  readonly plan: Float64Array;
  /** 0 until the run begins. */
  readonly origin: BigInt64Array;
  /** Calls the caller has sent. */
  readonly sent: Int32Array;
  /** Calls the thread has rung for; the bell. */
  readonly called: Int32Array;
}

export function createPacerMemory(intendedUs: Float64Array): PacerMemory {
  const plan = new Float64Array(new SharedArrayBuffer(intendedUs.byteLength));
  plan.set(intendedUs);
  const control = new SharedArrayBuffer(16);
  return {
    plan,
    origin: new BigInt64Array(control, 0, 1),
    sent: new Int32Array(control, 8, 1),
    called: new Int32Array(control, 12, 1),
  };
}
