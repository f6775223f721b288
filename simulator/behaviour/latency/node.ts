/** A latency form at work: nodes within nodes, each of which turns one uniform number and a request into a delay. */
import type { RandomStream } from "../../../protocol/random.ts";
import type { Duration } from "../../../protocol/time.ts";
import type { FormReader } from "../form.ts";
import type { Marginal } from "./marginal.ts";

/** One request as a Latency sees it. */
export interface LatencyContext {
  /** Ordinal of the device in its fleet: the entity of its draws. */
  readonly device: number;
  /** Index of the Call, or ordinal of the request: the address of this request's draws. */
  readonly key: number;
  /** 1 for the first request this device received. */
  readonly ordinal: number;
  /** Arrival since the run's origin, whole microseconds; 0 before it. */
  readonly at: Duration;
}

export interface LatencyNode {
  /**
   * The delay of one request in microseconds, not rounded; Infinity when the device never answers. `u` is the request's uniform
   * in (0, 1); what else is asked of chance has a purpose of its own in `random`.
   */
  value(u: number, context: LatencyContext, random: RandomStream): number;
  /** What the delays look like over the whole fleet and a long time, where that can be computed. */
  readonly marginal: Marginal | undefined;
  /** True when every request draws from `marginal` for itself: no memory, no clock, no difference between devices. */
  readonly independent: boolean;
}

/** What a form's reader needs beside its own arguments. */
export interface FormScope {
  /** The Call's effective timeout, for forms that are relative to it. */
  readonly timeout: Duration | undefined;
  /** Reads a form within this one; what is wrong with it is remembered, and undefined returned. */
  read(text: string): LatencyNode | undefined;
  /** How many nodes of this name came before in the same text: questions of the same kind are told apart by it. */
  place(name: string): number;
  /** Something worth telling the author: what was solved, cut off or repeated. */
  tell(name: string, text: string): void;
  /** From `at` on, since the run's origin, the devices behave in another way: worth a mark on a timeline. */
  mark(at: Duration, text: string): void;
  /** A scope like this one whose problems and news nobody hears, for trying forms out. */
  silent(): FormScope;
}

export type ReadNode = (reader: FormReader, scope: FormScope) => LatencyNode | undefined;

/** Draws from a distribution by inverse transform: one uniform, one delay. */
export function independent(marginal: Marginal): LatencyNode {
  return { value: (u) => marginal.quantile(u), marginal, independent: true };
}

/** The node drawn by nothing but `u`, so that delays rise with it: for what steers `u`, or computes with delays of equal rank. */
export function byRank(node: LatencyNode): LatencyNode {
  return node.independent && node.marginal !== undefined ? independent(node.marginal) : node;
}
