/**
 * The live fleet of one thread: sessions on sockets around pure Responders, one heap of deadlines and one alarm for all of them,
 * and a ledger of what every device received, was programmed to do, and did. With a plan for them, the devices' own calls as well.
 */
import { createLedgerColumns, growColumns, type LedgerColumns } from "../../protocol/call-records.ts";
import type { ClientCallColumns } from "../../protocol/client-call-records.ts";
import { DeadlineHeap } from "../../protocol/deadline-heap.ts";
import { decodeRequest } from "../../protocol/message.ts";
import { callOfNonce, readNonce } from "../../protocol/nonce.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { ResponderEffect } from "../../protocol/responder.ts";
import { type Instant, MILLISECOND } from "../../protocol/time.ts";
import { Alarm } from "../alarm.ts";
import { monotonicNow } from "../clock.ts";
import { ClientCaller, type ClientCallsEnd } from "./client-caller.ts";
import { buildCohorts, type Cohort, cohortOf } from "./cohorts.ts";
import { FleetDevice } from "./fleet-device.ts";
import { type FleetPlan, faultNames } from "./fleet-plan.ts";

/** A reply due within this many microseconds is waited for rather than slept for. */
const SPIN_US = 150;
const RECONNECT_MS = 1_000;
const CONNECT_TRIES = 3;
const PING_ROUNDS = 20;

export interface FleetProgress {
  readonly devices: number;
  readonly connected: number;
  /** Devices given up while connecting. */
  readonly failed: number;
  /** The first reason for which a connection failed, for the user's eyes. */
  readonly firstFailure: string | undefined;
}

export interface FleetReport {
  readonly ledger: LedgerColumns;
  readonly connectMs: number;
  readonly lostConnections: number;
  readonly faults: readonly { readonly name: string; readonly matched: number; readonly fired: number }[];
  /** The devices' own calls; undefined when none were begun. */
  readonly clientCalls: ClientCallColumns | undefined;
}

export class Fleet {
  readonly #plan: FleetPlan;
  readonly #devices: FleetDevice[];
  readonly #cohorts: Cohort[];
  readonly #due = new DeadlineHeap<FleetDevice | ClientCaller>();
  readonly #clientCaller: ClientCaller | undefined;
  readonly #alarm = new Alarm(() => this.#release());
  #ledger: LedgerColumns = createLedgerColumns(4_096);
  #waiting: FleetDevice[] = [];
  #tries = new Map<FleetDevice, number>();
  #connecting = 0;
  #settled = 0;
  #failed = 0;
  #firstFailure: string | undefined;
  #lost = 0;
  #connectMs = 0;
  #closing = false;
  #allSettled: (() => void) | undefined;
  #pings: NodeJS.Timeout | undefined;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    this.#cohorts = buildCohorts(plan.cohorts, plan.timeout);
    const seed = seedFrom(plan.seed);
    const random = new RandomStream(seed);
    this.#devices = plan.devices.map(({ token }, ordinal) => {
      const cohort = this.#cohorts[cohortOf(plan.cohorts, ordinal, seed)] as Cohort;
      const { host, port, qos, keepAliveS } = plan;
      const clientCalls = plan.clientCalls !== undefined;
      const session = {
        host,
        port,
        qos,
        keepAliveS,
        token,
        clientCalls,
        clientId: `rpcfleet-${plan.runTag}-${ordinal}`,
      };
      return new FleetDevice({ ordinal, cohort, random, session, listener: this });
    });
    if (plan.clientCalls !== undefined) {
      this.#clientCaller = new ClientCaller(plan.clientCalls, plan.devices.length, (ordinal, requestId, payload) => {
        const device = this.#devices[ordinal] as FleetDevice;
        const now = monotonicNow();
        return device.online && device.session.request(requestId, payload) ? now : undefined;
      });
    }
  }

  get progress(): FleetProgress {
    const connected = this.#devices.reduce((sum, device) => sum + (device.online ? 1 : 0), 0);
    return { devices: this.#devices.length, connected, failed: this.#failed, firstFailure: this.#firstFailure };
  }

  /** Replies that devices still mean to send, and calls of their own that have not ended. */
  get pending(): number {
    const replies = this.#devices.reduce((sum, device) => sum + device.responder.pending, 0);
    return replies + (this.#clientCaller?.pending ?? 0);
  }

  /** Connects every device, a window of them at a time; resolves when each is connected or given up. */
  async connect(): Promise<void> {
    await this.#alarm.ready;
    const start = monotonicNow();
    this.#waiting = [...this.#devices].reverse();
    await new Promise<void>((resolve) => {
      this.#allSettled = resolve;
      this.#connectMore();
    });
    this.#connectMs = (monotonicNow() - start) / MILLISECOND;
    this.#pings = setInterval(this.#pingSome(), (this.#plan.keepAliveS * 500) / PING_ROUNDS).unref();
  }

  /** The devices begin their own calls: the plan's instants are counted from `origin`. */
  beginClientCalls(origin: Instant): void {
    this.#clientCaller?.begin(origin);
    this.#scheduleClientCalls();
  }

  /** The workload is over: what of the devices' own calls was not part of it is not sent. */
  endClientCalls(end: ClientCallsEnd): void {
    this.#clientCaller?.end(end);
    this.#scheduleClientCalls();
  }

  /** What happened so far, with instants counted from `origin`. */
  report(origin: number): FleetReport {
    const ledger = this.#ledger;
    for (let row = 0; row < ledger.length; row++) {
      ledger.receivedUs[row] = (ledger.receivedUs[row] as number) - origin;
      ledger.repliedUs[row] = (ledger.repliedUs[row] as number) - origin;
    }
    this.#ledger = createLedgerColumns(4_096);
    const names = faultNames(this.#plan.cohorts);
    const faults = this.#cohorts
      .flatMap((cohort) => cohort.faults)
      .map(({ counts }, index) => ({ name: names[index] as string, ...counts }));
    const clientCalls = this.#clientCaller?.report(monotonicNow());
    return { ledger, connectMs: Math.round(this.#connectMs), lostConnections: this.#lost, faults, clientCalls };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#pings);
    for (const device of this.#devices) device.session.end();
    await this.#alarm.close();
  }

  /** From a device: its session is subscribed. */
  deviceReady(device: FleetDevice): void {
    if (!this.#tries.has(device)) return;
    this.#tries.delete(device);
    this.#settleOne();
  }

  /** From a device: its session is over. `planned` when a fault ended it. */
  deviceClosed(device: FleetDevice, reason: string, reconnectAfterMs: number | undefined): void {
    this.#due.remove(device);
    this.#clientCaller?.offline(device.ordinal, monotonicNow());
    if (this.#closing) return;
    const tries = this.#tries.get(device);
    if (tries === undefined) {
      if (reconnectAfterMs === undefined) this.#lost++;
      setTimeout(() => this.#reconnect(device), reconnectAfterMs ?? RECONNECT_MS).unref();
      return;
    }
    this.#firstFailure ??= reason;
    if (tries < CONNECT_TRIES && !reason.startsWith("refused")) {
      this.#tries.set(device, tries + 1);
      setTimeout(() => device.session.connect(), RECONNECT_MS / 4);
      return;
    }
    this.#tries.delete(device);
    this.#failed++;
    this.#settleOne();
  }

  /** From a device: a request arrived. */
  deviceRequest(device: FleetDevice, requestId: number, payload: string): void {
    const now = monotonicNow();
    const request = decodeRequest(payload);
    if (request.kind === "malformed") return;
    const { method, params } = request;
    const nonce = readNonce(params);
    const call = nonce === undefined ? undefined : callOfNonce(nonce, this.#plan.runTag);
    const ticket = this.#addRow(device.ordinal, call, now);
    this.#apply(device, device.responder.handle({ kind: "request", ticket, requestId, method, params, call }, now));
  }

  /** From a device: a call of its own was answered. */
  deviceAnswer(device: FleetDevice, requestId: number, payload: string): void {
    this.#clientCaller?.answer(device.ordinal, requestId, payload, monotonicNow());
  }

  #addRow(device: number, call: number | undefined, now: number): number {
    const row = this.#ledger.length;
    this.#ledger = growColumns(this.#ledger, row + 1);
    this.#ledger.length = row + 1;
    this.#ledger.call[row] = call ?? -1;
    this.#ledger.device[row] = device;
    this.#ledger.receivedUs[row] = now;
    return row;
  }

  #apply(device: FleetDevice, effects: readonly ResponderEffect[]): void {
    for (const effect of effects) {
      const row = effect.ticket;
      if (effect.kind === "programmed") {
        this.#ledger.programmedUs[row] = effect.delay ?? Number.NaN;
        this.#ledger.fault[row] = effect.fault === 0 ? 0 : device.cohort.firstFault + effect.fault;
      } else if (effect.kind === "reply") {
        if (device.session.reply(effect.requestId, effect.payload)) this.#ledger.repliedUs[row] = monotonicNow();
      } else {
        device.disconnect(effect.reconnectAfter / MILLISECOND);
      }
    }
    this.#schedule(device, device.responder.deadline);
  }

  #scheduleClientCalls(): void {
    if (this.#clientCaller !== undefined) this.#schedule(this.#clientCaller, this.#clientCaller.due);
  }

  #schedule(entry: FleetDevice | ClientCaller, deadline: Instant | undefined): void {
    if (deadline === undefined) this.#due.remove(entry);
    else if (entry.heapIndex < 0 || entry.deadline !== deadline) this.#due.move(entry, deadline);
    const first = this.#due.first;
    if (first !== undefined) this.#alarm.set(first.deadline);
  }

  /** Lets out every reply and call that is due, waiting out the last few microseconds of the next one. */
  #release(): void {
    for (let entry = this.#due.first; entry !== undefined; entry = this.#due.first) {
      let now = monotonicNow();
      if (entry.deadline - now > SPIN_US) break;
      while (now < entry.deadline) now = monotonicNow();
      if (entry instanceof FleetDevice) {
        this.#apply(entry, entry.responder.handle({ kind: "tick" }, now));
      } else {
        entry.tick(now);
        this.#schedule(entry, entry.due);
      }
    }
    const first = this.#due.first;
    if (first !== undefined) this.#alarm.set(first.deadline);
  }

  #connectMore(): void {
    while (this.#connecting < this.#plan.connecting) {
      const device = this.#waiting.pop();
      if (device === undefined) break;
      this.#connecting++;
      this.#tries.set(device, 1);
      device.session.connect();
    }
  }

  #settleOne(): void {
    if (this.#settled === this.#devices.length) return;
    this.#connecting--;
    this.#settled++;
    if (this.#settled === this.#devices.length) this.#allSettled?.();
    else this.#connectMore();
  }

  #reconnect(device: FleetDevice): void {
    if (!this.#closing) device.session.connect();
  }

  /** Spreads the keep-alive pings of all devices evenly over half the keep-alive interval. */
  #pingSome(): () => void {
    let round = 0;
    return () => {
      for (let i = round; i < this.#devices.length; i += PING_ROUNDS) this.#devices[i]?.session.ping();
      round = (round + 1) % PING_ROUNDS;
    };
  }
}
