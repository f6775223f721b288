/**
 * Random draws as a pure function of (seed, entity, purpose, call, draw): Philox4x32-10, a counter-based generator (Salmon et
 * al., SC'11). Nothing is consumed, so adding a draw in one place moves no other, and any Call's draws can be made again alone.
 *
 * Addressing: key = the 64-bit seed (high word, low word); counter = (entity, purpose, call, block of four words).
 */

/** A 64-bit seed as two unsigned 32-bit words. */
export interface Seed {
  readonly high: number;
  readonly low: number;
}

/** Entities that are not devices; device ordinals stay below them. */
export const ENTITY = { fleet: 0xffff_ff00, workload: 0xffff_ff01, report: 0xffff_ff02 } as const;

/**
 * One number per question that is answered by chance. Never reused, never renumbered: a recorded seed must mean the same
 * for ever. Faults take theirs from their name, see faultPurpose.
 */
export const PURPOSE = {
  cohort: 1,
  latency: 2,
  arrivalGap: 3,
  target: 4,
  runTag: 5,
  clientCallGap: 6,
  clientCallDevice: 7,
  /** Which component of a mixture a request meets. */
  latencyComponent: 8,
  /** Whether a delay is mirrored at the deadline. */
  latencyReflection: 9,
  /** A device's own speed, once for all of its requests. */
  deviceSpread: 10,
  /** Whether a device is one of the slow ones. */
  deviceSlow: 11,
  /** What all devices share in a slice of time. */
  sharedFactor: 12,
  /** Where in its period a device wakes up. */
  dutyPhase: 13,
  /** How long the n-th stay in a regime is. */
  regimeDwell: 14,
  /** Which regime the n-th stay is in. */
  regimeNext: 15,
  /** Where a replayed block of a trace begins. */
  traceBlock: 16,
  /** Whether a delay lies at the deadline. */
  latencyStraddle: 17,
  reconnect: 40,
  telemetryPhase: 41,
  userBehaviour: 42,
  /** Which kind of call the n-th is. */
  callKind: 43,
  /** Whether its caller gives the n-th call up. */
  callerAbort: 44,
  /** Which blocks of a run a replicate of it is made of. */
  blockBootstrap: 60,
} as const;

const FAULT_PURPOSES = 0x8000_0000;

/** The purpose of a named fault: the upper half of the numbers, by FNV-1a of the name. */
export function faultPurpose(name: string): number {
  return (FAULT_PURPOSES | (fnv1a(name, 0x811c_9dc5) & 0x7fff_ffff)) >>> 0;
}

/** A decimal number below 2^64 is the seed itself; any other text is hashed to one. */
export function seedFrom(text: string): Seed {
  if (/^\d{1,20}$/.test(text)) {
    const value = BigInt(text);
    if (value < 1n << 64n) return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
  }
  return { high: fnv1a(text, 0x811c_9dc5), low: fnv1a(text, 0x0100_0193) };
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  // The multiply alone leaves the high bits of short texts poorly mixed.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** High 32 bits of the product of two unsigned 32-bit words; a double product would lose the low bits. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}

/** One Philox4x32-10 block: four words for a counter of four words and a key of two, written to `out`. */
export function philox(counter: Uint32Array, seed: Seed, out: Uint32Array): void {
  let c0 = counter[0] as number;
  let c1 = counter[1] as number;
  let c2 = counter[2] as number;
  let c3 = counter[3] as number;
  let k0 = seed.high;
  let k1 = seed.low;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd251_1f53, c0);
    const low0 = Math.imul(0xd251_1f53, c0) >>> 0;
    const high1 = multiplyHigh(0xcd9e_8d57, c2);
    const low1 = Math.imul(0xcd9e_8d57, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e37_79b9) >>> 0;
    k1 = (k1 + 0xbb67_ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Chance as an integer threshold for RandomStream.fires: 0 never, 2^32 always; never compared as a float. */
export function chanceThreshold(probability: number): number {
  return Math.round(probability * 2 ** 32);
}

/** A cursor over the draws of one address. One instance serves many addresses: `seek` first. */
export class RandomStream {
  readonly #seed: Seed;
  readonly #counter = new Uint32Array(4);
  readonly #block = new Uint32Array(4);
  #lane = 4;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  /** Moves to the first draw of (entity, purpose, call), or to that of a later block: a question asked twice of one call. */
  seek(entity: number, purpose: number, call: number, block = 0): this {
    this.#counter[0] = entity;
    this.#counter[1] = purpose;
    this.#counter[2] = call;
    this.#counter[3] = block;
    this.#lane = 4;
    return this;
  }

  /** The next unsigned 32-bit word. */
  word(): number {
    if (this.#lane === 4) {
      philox(this.#counter, this.#seed, this.#block);
      this.#counter[3] = (this.#counter[3] as number) + 1;
      this.#lane = 0;
    }
    return this.#block[this.#lane++] as number;
  }

  /** Uniform in the open interval (0, 1), from 52 bits, every step exact. */
  uniform(): number {
    const high = this.word() >>> 6;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low + 0.5) / 2 ** 52;
  }

  /** True with the chance behind `threshold` (see chanceThreshold). Always takes one draw. */
  fires(threshold: number): boolean {
    return this.word() < threshold;
  }

  /** An integer in [0, bound), bias at most bound / 2^32. */
  below(bound: number): number {
    return multiplyHigh(this.word(), bound);
  }
}
