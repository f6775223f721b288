/**
 * A broker's message router and its storage, both doing nothing. Here every device subscribes to the same filter text, so any
 * routing by topic would hand one device's messages to another; requests go straight to one connection instead, and what devices
 * publish ends in the handler. Nothing outlives a connection either: no session, retained message or will is kept.
 */
import { Readable } from "node:stream";
import type { Client } from "aedes";

type Done = (error?: Error | null) => void;

/** In place of mqemitter. */
export const NO_ROUTER = {
  on(_topic: string, _listener: unknown, done?: Done): void {
    done?.();
  },
  removeListener(_topic: string, _listener: unknown, done?: Done): void {
    done?.();
  },
  emit(_packet: unknown, done?: Done): void {
    done?.();
  },
  close(done: Done): void {
    done();
  },
};

const NOTHING = Promise.resolve(undefined);
const NO_ROWS: Promise<readonly never[]> = Promise.resolve([]);
/** What aedes finds of a client that asked to keep its session: a subscription that is refused, so that CONNACK says there was one. */
const KEPT: Promise<readonly unknown[]> = Promise.resolve([{ topic: "kept", qos: 0 }]);
const nothing = (): Promise<undefined> => NOTHING;
const noRows = (): Promise<readonly never[]> => NO_ROWS;
const emptyStream = (): Readable => Readable.from([]);

type Acknowledged = (client: Client, messageId: number) => void;

/**
 * In place of aedes-persistence: the methods a broker of version 1.2 calls for sessions that are never kept. It is the one place
 * where a PUBACK surfaces; `acknowledged` hears of it.
 */
export const noStorage = (acknowledged: Acknowledged) => ({
  // The broker insists on an async function by its constructor's name.
  async setup(): Promise<void> {},
  subscriptionsByClient: (): Promise<readonly unknown[]> => KEPT,
  subscriptionsByTopic: noRows,
  cleanSubscriptions: nothing,
  addSubscriptions: nothing,
  removeSubscriptions: nothing,
  cleanIncoming: nothing,
  // A PUBREL finds no stored message: its PUBLISH has been acknowledged long ago.
  incomingGetPacket: nothing,
  outgoingClearMessageId(client: Client, { messageId }: { readonly messageId: number }): Promise<undefined> {
    acknowledged(client, messageId);
    return NOTHING;
  },
  outgoingUpdate: nothing,
  outgoingEnqueueCombi: nothing,
  storeRetained: nothing,
  putWill: nothing,
  delWill: nothing,
  outgoingStream: emptyStream,
  createRetainedStreamCombi: emptyStream,
  streamWill: emptyStream,
});
