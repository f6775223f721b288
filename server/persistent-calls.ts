/**
 * Persistent RPC: accepts calls, keeps their rows in step with the Requester, and takes up unfinished ones after a restart. All
 * that one event has to write is one transaction, and nobody is told of a call before it is stored: a process
 * that is killed loses no call it has accepted.
 */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { parseJson } from "../protocol/message.ts";
import type { CallId } from "../protocol/requester/call.ts";
import type { Quirk } from "../protocol/requester/quirk.ts";
import { isFinalStatus, type RpcStatus } from "../protocol/requester/rpc-status.ts";
import { MILLISECOND } from "../protocol/time.ts";
import type { LiveDriver, StatusEffect } from "./driver.ts";
import type { RpcChange, RpcKey, RpcRow } from "./store/rpc-rows.ts";
import type { Store } from "./store/store.ts";

export interface PersistentRequest {
  readonly tenantId: string;
  readonly device: string;
  readonly oneway: boolean;
  readonly method: string;
  /** JSON text. */
  readonly params: string;
  /** Epoch milliseconds. */
  readonly expirationTime: number;
  readonly retries: number | undefined;
  /** JSON text. */
  readonly additionalInfo: string | undefined;
  /** The id its caller chose. */
  readonly id: string | undefined;
}

/** What becomes of a request: its id once it is stored, that its tenant uses the id already, or that it cannot be stored now. */
export type Submission = { readonly kind: "stored"; readonly id: string } | { readonly kind: "taken" | "unstorable" };

export interface PersistentOptions {
  readonly store: Store;
  readonly quirks: ReadonlySet<Quirk>;
  readonly logger: Logger;
  /** Ended calls older than this are removed; 0: kept for ever (`rpcTtlDays` of the tenant profile). */
  readonly ttlDays: number;
  /** How often that is looked after (`SQL_RPC_TTL_CHECKING_INTERVAL`). */
  readonly ttlCheckMs: number;
  /** Every change of a status is kept, not only the last. */
  readonly journal: boolean;
  /** Wall clock, epoch milliseconds. */
  readonly wallNow: () => number;
}

interface Arriving {
  readonly row: RpcRow;
  readonly done: (submission: Submission) => void;
}

interface FollowedKey extends RpcKey {
  readonly oneway: boolean;
}

const DAY_MS = 86_400_000;
/** A store that cannot be written (a full disk) is tried again after this long. */
const RETRY_MS = 1_000;

export class PersistentCalls {
  readonly #options: PersistentOptions;
  readonly #driver: LiveDriver;
  readonly #keyOf = new Map<CallId, FollowedKey>();
  readonly #callOf = new Map<string, CallId>();
  #arriving: Arriving[] = [];
  #changes: (RpcChange & { readonly at: number })[] = [];
  #scheduled = false;
  readonly #counts = new Map<RpcStatus, number>();
  readonly #sweep: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(driver: LiveDriver, options: PersistentOptions) {
    this.#driver = driver;
    this.#options = options;
    const { ttlDays, ttlCheckMs } = options;
    if (ttlDays > 0) this.#sweep = setInterval(() => this.#removeOld(), ttlCheckMs).unref();
  }

  /** How often calls came to each status since the start, QUEUED when they were accepted; counted when it is stored. */
  get counts(): ReadonlyMap<RpcStatus, number> {
    return this.#counts;
  }

  /** Takes up what was unfinished when the server stopped. Once, before anybody can connect. */
  recover(): number {
    const { store, quirks, wallNow } = this.#options;
    const rows = store.rpcs.unfinished();
    const kept = quirks.has("recover-queued-only") ? rows.filter(({ status }) => status === "QUEUED") : rows;
    for (const row of kept) {
      const newId = row.requestId === null || quirks.has("id-reset-on-restart");
      this.#driver.restore(
        {
          device: row.deviceId,
          oneway: row.oneway === 1,
          method: row.method,
          params: row.params,
          timeout: (row.expirationTime - wallNow()) * MILLISECOND,
          retries: row.retries ?? Number.POSITIVE_INFINITY,
          requestId: newId ? undefined : (row.requestId as number),
          status: row.status,
        },
        (call) => this.#follow(call, row),
      );
    }
    this.#flush();
    return kept.length;
  }

  /** Stores a call and then admits it; `done` is called exactly once, when it is stored or cannot be. */
  submit(request: PersistentRequest, done: (submission: Submission) => void): void {
    const { tenantId, id = randomUUID() } = request;
    if (request.id !== undefined && this.#isTaken({ tenantId, id })) {
      done({ kind: "taken" });
      return;
    }
    const row: RpcRow = {
      id,
      createdTime: this.#options.wallNow(),
      tenantId,
      deviceId: request.device,
      expirationTime: request.expirationTime,
      oneway: request.oneway ? 1 : 0,
      method: request.method,
      params: request.params,
      retries: request.retries ?? null,
      additionalInfo: request.additionalInfo ?? null,
      status: "QUEUED",
      response: null,
      requestId: null,
    };
    this.#arriving.push({ row, done });
    this.#schedule();
  }

  /** Of the driver: what became of a call. */
  changed({ call, status, response, requestId }: StatusEffect): void {
    const known = this.#keyOf.get(call);
    if (known === undefined) return;
    const at = this.#options.wallNow();
    const { tenantId, id, oneway } = known;
    this.#changes.push({ tenantId, id, at, status, response: responseText(response), requestId });
    if (isFinalStatus(status, oneway)) this.#forget(call);
    this.#schedule();
  }

  /** Removes a call, whatever its status. */
  delete(key: RpcKey): void {
    this.#flush();
    const call = this.#callOf.get(keyText(key));
    this.#options.store.rpcs.delete(key);
    if (call === undefined) return;
    this.#forget(call);
    this.#driver.delete(call);
  }

  /** Writes what is left. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#flush();
  }

  #removeOld(): void {
    const now = this.#options.wallNow();
    const removed = this.#options.store.rpcs.deleteEnded(now - this.#options.ttlDays * DAY_MS, now);
    if (removed > 0) this.#options.logger.info({ removed }, "old persistent calls removed");
  }

  /** By a call of the same tenant: whether another one uses the id is not its callers' to learn. */
  #isTaken(key: RpcKey): boolean {
    const isArriving = this.#arriving.some(({ row }) => row.id === key.id);
    return isArriving || this.#options.store.rpcs.byKey(key) !== undefined;
  }

  #follow(call: CallId, { tenantId, id, oneway }: RpcRow): void {
    this.#keyOf.set(call, { tenantId, id, oneway: oneway === 1 });
    this.#callOf.set(keyText({ tenantId, id }), call);
  }

  #forget(call: CallId): void {
    const known = this.#keyOf.get(call);
    if (known !== undefined) this.#callOf.delete(keyText(known));
    this.#keyOf.delete(call);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Before the turn's packets leave: a device must not be told that its reply has arrived while a killed server could forget it.
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const arriving = this.#arriving;
    const changes = this.#changes;
    if (arriving.length === 0 && changes.length === 0) return;
    this.#arriving = [];
    this.#changes = [];
    const { store, logger } = this.#options;
    const reached: RpcStatus[] = [];
    try {
      store.transaction(() => {
        for (const { row } of arriving) store.rpcs.insert(row);
        reached.push(...arriving.map(({ row }) => row.status));
        for (const change of changes) if (store.rpcs.change(change)) reached.push(change.status);
        if (!this.#options.journal) return;
        for (const { row } of arriving) store.rpcs.journal(row.id, row.createdTime, row.status);
        for (const { id, at, status } of changes) store.rpcs.journal(id, at, status);
      });
    } catch (error) {
      logger.error({ err: error, calls: arriving.length }, "persistent calls cannot be stored");
      for (const { done } of arriving) done({ kind: "unstorable" });
      // What became of stored calls is kept until it can be written.
      this.#changes = [...changes, ...this.#changes];
      if (!this.#closed) setTimeout(() => this.#schedule(), RETRY_MS).unref();
      return;
    }
    for (const status of reached) this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
    for (const { row, done } of arriving) {
      done({ kind: "stored", id: row.id });
      this.#admit(row);
    }
  }

  #admit(row: RpcRow): void {
    this.#driver.callPersistent(
      {
        device: row.deviceId,
        oneway: row.oneway === 1,
        method: row.method,
        params: row.params,
        timeout: (row.expirationTime - this.#options.wallNow()) * MILLISECOND,
        wall: undefined,
        retries: row.retries ?? Number.POSITIVE_INFINITY,
      },
      (call) => this.#follow(call, row),
    );
  }
}

function keyText({ tenantId, id }: RpcKey): string {
  return `${tenantId} ${id}`;
}

/** Contract 5.1: a reply that is not JSON is stored as an error with its text; an empty one is none. */
function responseText(response: string | undefined): string | null {
  if (response === undefined || response === "") return null;
  return parseJson(response) === undefined ? JSON.stringify({ error: response }) : response;
}
