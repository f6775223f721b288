/**
 * The native caller: sends each call of its batch at its intended start, whatever became of the calls before it (open workload),
 * or keeps a fixed number of callers busy (closed workload). One call at a time per connection; a free connection is taken from
 * a stack, and a new one is opened when there is none, so a slow server never delays a send.
 */
import { validateHeaderValue } from "node:http";
import { type CallColumns, createCallColumns, growColumns } from "../../protocol/call-records.ts";
import { DIALECTS, type Dialect } from "../../protocol/dialect.ts";
import { parseJson } from "../../protocol/message.ts";
import { callOfNonce, NONCE_KEY, readNonce } from "../../protocol/nonce.ts";
import { classifyAnswer, type HttpAnswer, OUTCOME_CODE } from "../../protocol/outcome.ts";
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { Deferred } from "../deferred.ts";
import type { CallBatch } from "./call-batch.ts";
import { FREE, HttpConnection } from "./http-connection.ts";
import { OverdueWatch } from "./overdue-watch.ts";
import { Pacer } from "./pacer.ts";
import type { CallRows } from "./progress-fold.ts";

/** A call due so soon after another is waited for rather than slept for. */
const SPIN_US = 100;

/** Carried by a connection that makes its first request, before the run. */
const WARM_UP = -2;

export class NativeCaller {
  readonly #batch: CallBatch;
  readonly #dialect: Dialect;
  readonly #random: RandomStream;
  readonly #url: URL;
  readonly #idle: HttpConnection[] = [];
  readonly #all = new Set<HttpConnection>();
  readonly #pacer: Pacer | undefined;
  readonly #watch: OverdueWatch;
  readonly #pathPrefix: string;
  readonly #headers: string;
  /** Bytes of a request's body without its index. */
  readonly #bodyBytes: number;
  readonly #warmedUp = new Deferred<void>();
  #columns: CallColumns;
  #origin: Instant = 0;
  #next = 0;
  #settled = 0;
  #stopped = false;
  #done: (() => void) | undefined;

  constructor(batch: CallBatch) {
    this.#batch = batch;
    this.#dialect = DIALECTS[batch.dialect];
    this.#random = new RandomStream(seedFrom(batch.seed));
    this.#url = new URL(batch.url);
    this.#pathPrefix = `POST ${this.#dialect.rpcPath}/${batch.oneway ? "oneway" : "twoway"}/`;
    const authorization = `Bearer ${batch.token}`;
    validateHeaderValue("x-authorization", authorization);
    this.#headers = ` HTTP/1.1\r\nhost: ${this.#url.host}\r\nx-authorization: ${authorization}\r\n`;
    this.#bodyBytes = Buffer.byteLength(batch.bodyPrefix + batch.bodySuffix);
    this.#columns = createCallColumns(Math.max(1_024, batch.intendedUs.length));
    this.#pacer =
      batch.closed === undefined ? new Pacer(batch.intendedUs, (called) => this.#sendDue(called)) : undefined;
    this.#watch = new OverdueWatch(batch.clientTimeout, (before) => this.#giveUp(before));
    this.#planRows();
  }

  /** The columns as they stand, for whoever wants to know how the batch goes. */
  get rows(): CallRows {
    const planned = this.#batch.intendedUs.length;
    return { columns: this.#columns, planned, begun: planned === 0 ? 0 : this.#next };
  }

  /** Opens the connections, so that no call pays for a handshake. An unreachable server rejects. */
  async warmUp(): Promise<void> {
    await this.#pacer?.ready;
    const request = `GET /api/auth/user${this.#headers}\r\n`;
    for (let opened = 0; opened < this.#batch.connections; opened++) this.#open().send(WARM_UP, request);
    this.#watch.watch(monotonicNow());
    if (this.#batch.connections > 0) await this.#warmedUp.promise;
  }

  /** Runs the batch; resolves with its columns when every call has ended. */
  async run(origin: Instant): Promise<CallColumns> {
    this.#origin = origin;
    await new Promise<void>((resolve) => {
      this.#done = resolve;
      if (this.#batch.closed === undefined) this.#pacer?.begin(origin);
      else for (let caller = 0; caller < this.#batch.closed.callers; caller++) this.#sendNext();
      this.#finishWhenDone();
    });
    this.#watch.close();
    for (const connection of this.#all) connection.close();
    await this.#pacer?.close();
    return this.#columns;
  }

  /** Sends nothing more; calls in flight end as cancelled, calls never sent stay dropped. */
  stop(): void {
    this.#stopped = true;
    const now = monotonicNow() - this.#origin;
    for (let row = 0; row < this.#next; row++) {
      if (Number.isNaN(this.#columns.settledUs[row] as number)) this.#settle(row, now, "cancelled", 0);
    }
    this.#finishWhenDone();
  }

  /** In an open workload every row is known beforehand, and stays `dropped` until it is sent. */
  #planRows(): void {
    const { intendedUs, targets, step } = this.#batch;
    this.#columns.length = intendedUs.length;
    this.#columns.intendedUs.set(intendedUs);
    this.#columns.device.set(targets);
    this.#columns.step.fill(step, 0, intendedUs.length);
  }

  #sendDue(called: number): void {
    const { intendedUs } = this.#batch;
    while (this.#next < intendedUs.length && !this.#stopped) {
      const due = this.#origin + (intendedUs[this.#next] as number);
      let now = monotonicNow();
      if (this.#next >= called && due - now > SPIN_US) break;
      while (now < due) now = monotonicNow();
      this.#send(this.#next++);
    }
    this.#pacer?.advance(this.#next);
  }

  /** Closed workload: one caller's next call, unless the time is over. */
  #sendNext(): void {
    const { closed, step, deviceIds, firstCall } = this.#batch;
    const now = monotonicNow() - this.#origin;
    if (this.#stopped || closed === undefined || now >= closed.duration) return;
    const row = this.#next++;
    this.#columns = growColumns(this.#columns, row + 1);
    this.#columns.length = row + 1;
    this.#columns.intendedUs[row] = now;
    this.#columns.step[row] = step;
    this.#columns.device[row] = this.#random
      .seek(ENTITY.workload, PURPOSE.target, firstCall + row)
      .below(deviceIds.length);
    this.#send(row);
  }

  #send(row: number): void {
    const { bodyPrefix, bodySuffix, firstCall, deviceIds } = this.#batch;
    const index = String(firstCall + row);
    const path = this.#pathPrefix + (deviceIds[this.#columns.device[row] as number] as string);
    const length = this.#bodyBytes + index.length;
    const head = `${path}${this.#headers}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    let connection = this.#idle.pop();
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop();
    connection ??= this.#open();
    this.#watch.watch(monotonicNow());
    connection.send(row, head + bodyPrefix + index + bodySuffix);
  }

  #open(): HttpConnection {
    const connection = new HttpConnection(this.#url, this);
    this.#all.add(connection);
    return connection;
  }

  /** Of the connection: the request is written now. */
  onSend(row: number): void {
    if (row !== WARM_UP) this.#columns.sentUs[row] = monotonicNow() - this.#origin;
  }

  /** Of the connection: a whole answer. */
  onAnswer(connection: HttpConnection, row: number, { status, body }: HttpAnswer): void {
    if (connection.usable) this.#idle.push(connection);
    else this.#all.delete(connection);
    if (row !== WARM_UP) this.#answered(row, status, body);
    else if (this.#idle.length === this.#batch.connections) this.#warmedUp.resolve();
  }

  /** Of the connection: it is gone. */
  onFailure(connection: HttpConnection, row: number, reason: string): void {
    this.#all.delete(connection);
    if (row === WARM_UP) this.#warmedUp.reject(new Error(reason));
    else if (row !== FREE) this.#answered(row, 0, "");
  }

  /** The server broke its promise to every request that waits since then, or longer. */
  #giveUp(before: Instant): Instant | undefined {
    let oldest: Instant | undefined;
    for (const connection of this.#all) {
      if (connection.call === FREE) continue;
      if (connection.since <= before) {
        const row = connection.call;
        connection.close();
        this.onFailure(connection, row, `no answer within ${this.#batch.clientTimeout / 1_000_000} s`);
      } else if (oldest === undefined || connection.since < oldest) oldest = connection.since;
    }
    return oldest;
  }

  #answered(row: number, status: number, body: string): void {
    const { settledUs, sentUs, mismatched } = this.#columns;
    if (!Number.isNaN(settledUs[row] as number)) return;
    const now = monotonicNow() - this.#origin;
    // A connection that was refused never got as far as writing the request.
    if (Number.isNaN(sentUs[row] as number)) sentUs[row] = now;
    const outcome = classifyAnswer({ status, body }, this.#dialect);
    if (outcome === "ok" && !this.#batch.oneway) mismatched[row] = this.#isMismatched(row, body) ? 1 : 0;
    this.#settle(row, now, outcome, status);
    if (this.#batch.closed !== undefined) this.#sendNext();
    this.#finishWhenDone();
  }

  /** A reply without a nonce proves nothing: foreign devices do not echo it. */
  #isMismatched(row: number, body: string): boolean {
    if (!body.includes(NONCE_KEY)) return false;
    const nonce = readNonce(parseJson(body));
    return nonce !== undefined && callOfNonce(nonce, this.#batch.runTag) !== this.#batch.firstCall + row;
  }

  #settle(row: number, now: Instant, outcome: keyof typeof OUTCOME_CODE, status: number): void {
    this.#columns.settledUs[row] = now;
    this.#columns.outcome[row] = OUTCOME_CODE[outcome];
    this.#columns.status[row] = status;
    this.#settled++;
  }

  #finishWhenDone(): void {
    if (this.#settled < this.#next) return;
    const { closed, intendedUs } = this.#batch;
    const noMore = closed === undefined ? this.#next === intendedUs.length : true;
    if (noMore || this.#stopped) this.#done?.();
  }
}
