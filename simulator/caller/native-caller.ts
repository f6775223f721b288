/**
 * The native caller: sends each call of its batch at its intended start, whatever became of the calls before it (open workload),
 * or keeps a fixed number of callers busy (closed workload). One call at a time per connection; a free connection is taken from
 * a stack, and a new one is opened when there is none, so a slow server never delays a send.
 */
import { Client, type Dispatcher } from "undici";
import { type CallColumns, createCallColumns, growColumns } from "../../protocol/call-records.ts";
import { DIALECTS, type Dialect } from "../../protocol/dialect.ts";
import { parseJson } from "../../protocol/message.ts";
import { callOfNonce, readNonce } from "../../protocol/nonce.ts";
import { classifyAnswer, OUTCOME_CODE } from "../../protocol/outcome.ts";
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../../protocol/random.ts";
import type { Instant } from "../../protocol/time.ts";
import { Alarm } from "../alarm.ts";
import { monotonicNow } from "../clock.ts";
import type { CallBatch, CallProgress } from "./call-batch.ts";

/** A call due within this many microseconds is waited for rather than slept for. */
const SPIN_US = 120;

export class NativeCaller {
  readonly #batch: CallBatch;
  readonly #dialect: Dialect;
  readonly #random: RandomStream;
  readonly #idle: Client[] = [];
  readonly #all = new Set<Client>();
  readonly #alarm: Alarm | undefined;
  readonly #paths: string[];
  readonly #headers: string[];
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
    const family = `${this.#dialect.rpcPath}/${batch.oneway ? "oneway" : "twoway"}/`;
    this.#paths = batch.deviceIds.map((id) => family + id);
    this.#headers = ["content-type", "application/json", "x-authorization", `Bearer ${batch.token}`];
    this.#columns = createCallColumns(Math.max(1_024, batch.intendedUs.length));
    this.#alarm = batch.closed === undefined ? new Alarm(() => this.#sendDue()) : undefined;
    this.#planRows();
  }

  get progress(): CallProgress {
    return { sent: this.#next, settled: this.#settled };
  }

  /** Opens the connections, so that no call pays for a handshake. An unreachable server rejects. */
  async warmUp(): Promise<void> {
    await this.#alarm?.ready;
    const clients = Array.from({ length: this.#batch.connections }, () => this.#open());
    const request = { method: "GET", path: "/api/auth/user", headers: this.#headers } as const;
    await Promise.all(clients.map((client) => client.request(request).then(({ body }) => body.dump())));
    this.#idle.push(...clients);
  }

  /** Runs the batch; resolves with its columns when every call has ended. */
  async run(origin: Instant): Promise<CallColumns> {
    this.#origin = origin;
    await new Promise<void>((resolve) => {
      this.#done = resolve;
      if (this.#batch.closed === undefined) this.#sendDue();
      else for (let caller = 0; caller < this.#batch.closed.callers; caller++) this.#sendNext();
      this.#finishWhenDone();
    });
    await this.#alarm?.close();
    await Promise.all([...this.#all].map((client) => client.destroy()));
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

  #sendDue(): void {
    const { intendedUs } = this.#batch;
    while (this.#next < intendedUs.length && !this.#stopped) {
      const due = this.#origin + (intendedUs[this.#next] as number);
      let now = monotonicNow();
      if (due - now > SPIN_US) {
        this.#alarm?.set(due);
        return;
      }
      while (now < due) now = monotonicNow();
      this.#send(this.#next++);
    }
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
    const { bodyPrefix, bodySuffix, firstCall } = this.#batch;
    const client = this.#idle.pop() ?? this.#open();
    client.dispatch(
      {
        method: "POST",
        path: this.#paths[this.#columns.device[row] as number] as string,
        headers: this.#headers,
        body: bodyPrefix + (firstCall + row) + bodySuffix,
      },
      this.#handler(row, client),
    );
  }

  #handler(row: number, client: Client): Dispatcher.DispatchHandler {
    let status = 0;
    let body = "";
    return {
      onRequestStart: () => {
        this.#columns.sentUs[row] = monotonicNow() - this.#origin;
      },
      onResponseStart: (_controller, code) => {
        status = code;
      },
      onResponseData: (_controller, chunk) => {
        body += chunk.toString();
      },
      onResponseEnd: () => {
        this.#idle.push(client);
        this.#answered(row, status, body);
      },
      onResponseError: () => {
        this.#all.delete(client);
        client.destroy().catch(() => undefined);
        this.#answered(row, 0, "");
      },
    };
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

  #open(): Client {
    const timeoutMs = this.#batch.clientTimeout / 1_000;
    const client = new Client(this.#batch.url, {
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout: 600_000,
      keepAliveMaxTimeout: 600_000,
      connectTimeout: timeoutMs,
    });
    this.#all.add(client);
    return client;
  }
}
