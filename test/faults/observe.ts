/** What tests of a fault share: a fleet that ends with its test, requests by the hundred, and the count of what fired. */
import { expect, onTestFinished, vi } from "vitest";
import type { LedgerColumns } from "../../protocol/call-records.ts";
import { type ObservedFleet, type ObservedOptions, observeFleet } from "./observed-fleet.ts";
import type { ObservedConnection } from "./wire-observer.ts";

/** A fleet with these faults that is closed when the test is over. */
export function observe(faults: readonly string[], more: Omit<ObservedOptions, "faults"> = {}): Promise<ObservedFleet> {
  return observeWith({ ...more, faults });
}

/** The same, with everything it is made of. */
export async function observeWith(options: ObservedOptions): Promise<ObservedFleet> {
  const observed = await observeFleet(options);
  onTestFinished(async () => void (await observed.finish()));
  return observed;
}

/** Sends requests `from` to `to`, each with its id as index in its nonce; returns their instants by id. */
export function ask(device: ObservedConnection, from: number, to: number): Map<number, number> {
  const sent = new Map<number, number>();
  for (let id = from; id <= to; id++) sent.set(id, device.request(id, "get", { nonce: `t-${id}` }));
  return sent;
}

/** Waits for so many replies, in the order they came. */
export async function replies(device: ObservedConnection, count: number): Promise<ObservedConnection["replies"]> {
  await vi.waitFor(() => expect(device.replies.length).toBeGreaterThanOrEqual(count), { timeout: 10_000 });
  return device.replies;
}

/** Ids of acknowledged messages; the observer numbers its requests from 1. */
export function acknowledged(device: ObservedConnection): number[] {
  return device.of("puback").map(({ messageId }) => messageId as number);
}

/** The id at the end of a topic. */
export function idOf(topic: string): number {
  return Number(topic.slice(topic.lastIndexOf("/") + 1));
}

/** How often the first fault fired, once it was asked so many times. */
export async function firedOf(observed: ObservedFleet, matched: number): Promise<number> {
  return await vi.waitFor(() => {
    const [fault] = observed.fleet.report(observed.origin).faults;
    expect(fault?.matched).toBe(matched);
    return fault?.fired as number;
  });
}

/** What the fleet says it did, since it was last asked: how often the first fault fired, and what became of each request. */
export function account(observed: ObservedFleet): { fired: number; rows: LedgerRow[] } {
  const { faults, ledger } = observed.fleet.report(observed.origin);
  const rows = Array.from({ length: ledger.length }, (_, row) => rowOf(ledger, row));
  return { fired: faults[0]?.fired as number, rows };
}

interface LedgerRow {
  readonly call: number;
  readonly receivedUs: number;
  /** NaN: it was programmed not to reply. */
  readonly programmedUs: number;
  readonly fired: boolean;
}

function rowOf({ call, receivedUs, programmedUs, faults }: LedgerColumns, row: number): LedgerRow {
  return {
    call: call[row] as number,
    receivedUs: receivedUs[row] as number,
    programmedUs: programmedUs[row] as number,
    fired: faults[row] !== 0,
  };
}
