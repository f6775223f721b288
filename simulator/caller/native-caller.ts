/**
 * The native caller: sends each call of its batch at its intended start, whatever became of the calls before it (open workload),
 * or keeps a fixed number of callers busy (closed workload). One call at a time per connection; a free connection is taken from
 * a stack, and a new one is opened when there is none, so a slow server never delays a send.
 */
import type { CallColumns } from "../../protocol/call-records.ts";
import { DIALECTS, type Dialect } from "../../protocol/dialect.ts";
import { type Json, parseJson } from "../../protocol/message.ts";
import { callOfNonce, NONCE_KEY, readNonce } from "../../protocol/nonce.ts";
import { classifyAnswer, type HttpAnswer, OUTCOME_CODE, type Outcome } from "../../protocol/outcome.ts";
import { persistentOutcome, recordIdOf, replyOf } from "../../protocol/persistent-answer.ts";
import type { Instant } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import { Deferred } from "../deferred.ts";
import { Aborts } from "./aborts.ts";
import { Agenda, type Task } from "./agenda.ts";
import { BatchRows } from "./batch-rows.ts";
import type { CallBatch, CallKind } from "./call-batch.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { FREE, type HttpConnection } from "./http-connection.ts";
import { Pacer } from "./pacer.ts";
import type { CallRows } from "./progress-fold.ts";
import { RequestText } from "./request-text.ts";
import { Retries } from "./retries.ts";
import { Thinking } from "./thinking.ts";

/** A call due so soon after another is waited for rather than slept for. */
const SPIN_US = 100;

/** Carried by a connection that makes its first request, before the run. */
const WARM_UP = -2;

export class NativeCaller {
  readonly #batch: CallBatch;
  readonly #dialect: Dialect;
  readonly #rows: BatchRows;
  readonly #requests: RequestText;
  readonly #pool: ConnectionPool;
  readonly #pacer: Pacer | undefined;
  readonly #agenda: Agenda | undefined;
  readonly #aborts: Aborts | undefined;
  readonly #retries: Retries | undefined;
  readonly #thinking: Thinking | undefined;
  /** The requests that ask for the records of persistent calls, by row. */
  readonly #records = new Map<number, string>();
  readonly #warmedUp = new Deferred<void>();
  #origin: Instant = 0;
  #stopped = false;
  #done: (() => void) | undefined;

  constructor(batch: CallBatch) {
    const { habits, seed, closed } = batch;
    this.#batch = batch;
    this.#dialect = DIALECTS[batch.dialect];
    this.#pool = new ConnectionPool(new URL(batch.url), this);
    this.#rows = new BatchRows(batch);
    this.#aborts = habits.abort === undefined ? undefined : new Aborts(habits.abort, seed);
    this.#retries = habits.retry === undefined ? undefined : new Retries(habits.retry, seed);
    this.#thinking = closed?.think === undefined ? undefined : new Thinking(closed.think, closed.callers, seed);
    this.#requests = new RequestText(batch, this.#retries?.key !== undefined);
    this.#pacer = closed === undefined ? new Pacer(batch.intendedUs, (called) => this.#sendDue(called)) : undefined;
    const idles = this.#aborts ?? this.#retries ?? this.#thinking ?? batch.kinds.find(({ persistent }) => persistent);
    this.#agenda = idles === undefined ? undefined : new Agenda((task, of, due) => this.#perform(task, of, due));
  }

  /** The columns as they stand, for whoever wants to know how the batch goes. */
  get rows(): CallRows {
    const { columns, planned, next } = this.#rows;
    return { columns, planned, begun: Math.min(next, planned) };
  }

  /** Opens the connections, so that no call pays for a handshake. An unreachable server rejects. */
  async warmUp(): Promise<void> {
    await this.#pacer?.ready;
    await this.#agenda?.ready;
    const request = this.#requests.warmUp();
    const deadline = monotonicNow() + Math.max(...this.#batch.kinds.map(({ clientTimeout }) => clientTimeout));
    for (let opened = 0; opened < this.#batch.connections; opened++) this.#pool.open(WARM_UP, request, deadline);
    if (this.#batch.connections > 0) await this.#warmedUp.promise;
  }

  /** Runs the batch; resolves with its columns when every call has ended. */
  async run(origin: Instant): Promise<CallColumns> {
    this.#origin = origin;
    const { closed } = this.#batch;
    await new Promise<void>((resolve) => {
      this.#done = resolve;
      if (closed === undefined) this.#pacer?.begin(origin);
      else for (let caller = 0; caller < closed.callers; caller++) this.#begin(caller, monotonicNow() - origin);
      this.#finishWhenDone();
    });
    this.#pool.close();
    await this.#pacer?.close();
    await this.#agenda?.close();
    return this.#rows.columns;
  }

  /** Sends nothing more; calls in flight end as cancelled, calls never sent stay dropped. */
  stop(): void {
    this.#stopped = true;
    const settledUs = monotonicNow() - this.#origin;
    for (const row of this.#rows.inFlight()) this.#rows.settle(row, { settledUs, outcome: "cancelled", status: 0 });
    this.#finishWhenDone();
  }

  #sendDue(called: number): void {
    const rows = this.#rows;
    while (rows.next < rows.planned && !this.#stopped) {
      const due = this.#origin + (rows.columns.intendedUs[rows.next] as number);
      let now = monotonicNow();
      if (rows.next >= called && due - now > SPIN_US) break;
      while (now < due) now = monotonicNow();
      this.#send(rows.beginPlanned());
    }
    this.#pacer?.advance(rows.next);
  }

  /** Closed workload: one caller's next call, unless the time is over. */
  #begin(caller: number, intended: Instant): void {
    const { closed } = this.#batch;
    if (!this.#stopped && closed !== undefined && intended < closed.duration) {
      this.#send(this.#rows.beginClosed(caller, intended));
    }
  }

  #perform(task: Task, of: number, due: Instant): void {
    if (this.#stopped) return;
    if (task === "send") {
      this.#rows.beginWaiting(of);
      this.#send(of);
    } else if (task === "think") {
      this.#rows.waiting--;
      this.#begin(of, due - this.#origin);
    } else if (this.#rows.isOpen(of)) {
      if (task === "abort") this.#abort(of);
      else this.#askForRecord(of);
    }
    this.#finishWhenDone();
  }

  #send(row: number): void {
    const { columns } = this.#rows;
    const kind = columns.kind[row] as number;
    const index = this.#batch.firstCall + row;
    const first = columns.retryOf[row] as number;
    const key = this.#retries?.key;
    const keyOf = key === undefined ? undefined : key === "same" && first >= 0 ? first : index;
    const request = this.#requests.call({ kind, device: columns.device[row] as number, index, keyOf });
    this.#pool.carry(row, request, monotonicNow() + (this.#batch.kinds[kind] as CallKind).clientTimeout);
  }

  /** Of the connection: the request is written now. */
  onSend(row: number, connection: HttpConnection): void {
    if (row === WARM_UP || !this.#rows.markSent(row, monotonicNow() - this.#origin)) return;
    if (this.#aborts?.draw(row, this.#batch.firstCall + row, connection) !== true) return;
    this.#agenda?.add("abort", row, monotonicNow() + this.#aborts.after);
  }

  /** Of the connection: a whole answer. */
  onAnswer(connection: HttpConnection, row: number, answer: HttpAnswer): void {
    this.#pool.release(connection);
    if (row !== WARM_UP) this.#answered(row, answer);
    else if (this.#pool.idle === this.#batch.connections) this.#warmedUp.resolve();
  }

  /** Of the connection: it is gone. */
  onFailure(connection: HttpConnection, row: number, reason: string): void {
    this.#pool.forget(connection);
    if (row === WARM_UP) this.#warmedUp.reject(new Error(reason));
    else if (row !== FREE) this.#answered(row, { status: 0, body: "" });
  }

  #answered(row: number, answer: HttpAnswer): void {
    if (!this.#rows.isOpen(row)) return;
    // A connection that was refused never got as far as writing the request.
    this.#rows.markSent(row, monotonicNow() - this.#origin);
    const { oneway, persistent } = this.#kindOf(row);
    if (persistent) this.#recorded(row, answer);
    else {
      const outcome = classifyAnswer(answer, this.#dialect);
      const reply = outcome === "ok" && !oneway && answer.body.includes(NONCE_KEY) ? parseJson(answer.body) : undefined;
      this.#settle(row, outcome, answer.status, reply);
    }
    this.#finishWhenDone();
  }

  /** A persistent call was accepted, or its record was read: either it has ended, or the record is read again later. */
  #recorded(row: number, answer: HttpAnswer): void {
    const { status } = answer;
    const refused = classifyAnswer({ status, body: "" }, this.#dialect);
    const body = parseJson(answer.body);
    if (refused !== "ok") this.#settle(row, refused, status);
    else if (this.#records.has(row)) {
      const outcome = persistentOutcome(body, this.#kindOf(row).oneway);
      if (outcome === undefined) this.#pollLater(row);
      else this.#settle(row, outcome, status, replyOf(body));
    } else {
      const id = recordIdOf(body);
      if (id === undefined) this.#settle(row, "server_error", status);
      else {
        this.#records.set(row, this.#requests.record(id));
        this.#pollLater(row);
      }
    }
  }

  #pollLater(row: number): void {
    this.#agenda?.add("poll", row, monotonicNow() + this.#batch.habits.pollInterval);
  }

  #askForRecord(row: number): void {
    const sent = this.#origin + (this.#rows.columns.sentUs[row] as number);
    const deadline = sent + this.#kindOf(row).clientTimeout;
    if (monotonicNow() >= deadline) this.#settle(row, "transport_error", 0);
    else {
      const connection = this.#pool.carry(row, this.#records.get(row) as string, deadline);
      this.#aborts?.move(row, connection);
    }
  }

  #abort(row: number): void {
    const connection = this.#aborts?.take(row);
    if (connection === undefined) return;
    if (connection.call === row) this.#pool.abandon(connection);
    this.#settle(row, "cancelled", 0);
  }

  #kindOf(row: number): CallKind {
    return this.#batch.kinds[this.#rows.columns.kind[row] as number] as CallKind;
  }

  #settle(row: number, outcome: Outcome, status: number, reply?: Json): void {
    const settledUs = monotonicNow() - this.#origin;
    this.#rows.settle(row, { settledUs, outcome, status });
    if (reply !== undefined && this.#isMismatched(row, reply)) this.#rows.columns.mismatched[row] = 1;
    this.#records.delete(row);
    this.#aborts?.take(row);
    if (!this.#stopped && !this.#repeats(row, OUTCOME_CODE[outcome], settledUs)) this.#goOn(row, settledUs);
  }

  /** A reply without a nonce proves nothing: foreign devices do not echo it. */
  #isMismatched(row: number, reply: Json): boolean {
    const nonce = readNonce(reply);
    return nonce !== undefined && callOfNonce(nonce, this.#batch.runTag) !== this.#batch.firstCall + row;
  }

  #repeats(row: number, outcome: number, settledUs: Instant): boolean {
    const device = this.#rows.columns.device[row] as number;
    const wait = this.#retries?.waitAfter({ row, index: this.#batch.firstCall + row, device, outcome });
    if (wait === undefined) return false;
    const by = this.#rows.addRetry(row, settledUs + wait);
    this.#retries?.repeated(row, by);
    this.#agenda?.add("send", by, this.#origin + settledUs + wait);
    return true;
  }

  /** Closed workload: the caller of a call that is over thinks, then calls again. */
  #goOn(row: number, settledUs: Instant): void {
    const { closed } = this.#batch;
    if (closed === undefined) return;
    const caller = this.#rows.callerOf(row);
    if (this.#thinking === undefined) {
      this.#begin(caller, monotonicNow() - this.#origin);
      return;
    }
    const intended = settledUs + this.#thinking.next(caller, settledUs);
    if (intended >= closed.duration) return;
    this.#rows.waiting++;
    this.#agenda?.add("think", caller, this.#origin + intended);
  }

  #finishWhenDone(): void {
    if (this.#stopped ? this.#rows.allSettled : this.#rows.allDone) this.#done?.();
  }
}
