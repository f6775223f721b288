/**
 * The live fleet of one thread: sessions on sockets around pure Responders, one heap of deadlines and one alarm for all of them,
 * and a ledger of what every device received, was programmed to do, and did. With a plan for them, the devices' own calls as well.
 */
import type { Arrival } from "../../protocol/arrival.ts";
import type { LedgerColumns } from "../../protocol/call-records.ts";
import type { ClientCallColumns } from "../../protocol/client-call-records.ts";
import { DeadlineHeap } from "../../protocol/deadline-heap.ts";
import { decodeRequest } from "../../protocol/message.ts";
import { callOfNonce, readNonce } from "../../protocol/nonce.ts";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import type { ResponderEffect } from "../../protocol/responder.ts";
import { type Instant, MILLISECOND } from "../../protocol/time.ts";
import { Alarm } from "../alarm.ts";
import type { BehaviourError } from "../behaviour/user-behaviour.ts";
import { monotonicNow } from "../clock.ts";
import type { Session, SessionListener } from "../session/session.ts";
import { ClientCaller, type ClientCallsEnd } from "./client-caller.ts";
import { buildCohorts, type Cohort, cohortOf } from "./cohorts.ts";
import { connectSettings } from "./connect-settings.ts";
import { ConnectWindow } from "./connect-window.ts";
import { FleetDevice } from "./fleet-device.ts";
import type { ArrivedRequest, FleetDeviceOwner, FleetDeviceShared } from "./fleet-device-owner.ts";
import { type FleetEvent, fleetEvents } from "./fleet-events.ts";
import { FleetLedger } from "./fleet-ledger.ts";
import { type FleetPlan, faultNames } from "./fleet-plan.ts";
import type { FleetState } from "./fleet-state.ts";
import { SessionOpener } from "./open-session.ts";
import { type TelemetryCounts, TelemetrySender } from "./telemetry-sender.ts";

/** A reply due within this many microseconds is waited for rather than slept for. */
const SPIN_US = 150;
const RETRY_AFTER = 250 * MILLISECOND;
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
  /** Requests that devices received; the ledger has a row for each, if it was kept. */
  readonly requests: number;
  /** Replies that devices still meant to send, and calls of their own that had not ended. */
  readonly pending: number;
  readonly ledger: LedgerColumns;
  readonly connectMs: number;
  readonly lostConnections: number;
  /** Connections made after a device's first. */
  readonly reconnects: number;
  /** Attempts to connect that came to no CONNACK. */
  readonly refusedConnections: number;
  /** Devices without a connection when the report was made. */
  readonly awayAtEnd: number;
  readonly faults: readonly { readonly name: string; readonly matched: number; readonly fired: number }[];
  /** The devices' own calls; undefined when none were begun. */
  readonly clientCalls: ClientCallColumns | undefined;
  /** What went wrong in users' own behaviours. */
  readonly behaviourErrors: readonly BehaviourError[];
  /** When faults with a schedule began and ended. */
  readonly events: readonly FleetEvent[];
  /** Background telemetry; undefined when none was planned. */
  readonly telemetry: TelemetryCounts | undefined;
}

export class Fleet implements FleetDeviceOwner {
  readonly #plan: FleetPlan;
  readonly #devices: FleetDevice[];
  readonly #cohorts: Cohort[];
  readonly #shared: FleetDeviceShared;
  readonly #due = new DeadlineHeap<FleetDevice | ClientCaller | TelemetrySender>();
  readonly #opener: SessionOpener;
  readonly #clientCaller: ClientCaller | undefined;
  readonly #telemetry: TelemetrySender | undefined;
  readonly #alarm = new Alarm(() => this.#release());
  readonly #ledger: FleetLedger;
  readonly #window: ConnectWindow;
  #connectMs = 0;
  #closing = false;
  #pings: NodeJS.Timeout | undefined;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    this.#ledger = new FleetLedger(plan.keepLedger);
    this.#cohorts = buildCohorts(plan.cohorts, plan.timeout);
    this.#opener = new SessionOpener(plan);
    const seed = seedFrom(plan.seed);
    this.#shared = {
      owner: this,
      random: new RandomStream(seed),
      settings: connectSettings(plan),
      figures: { lost: 0, reconnects: 0, refused: 0 },
      origin: undefined,
    };
    this.#devices = plan.devices.map((_, index) => {
      const ordinal = plan.firstOrdinal + index;
      return new FleetDevice(ordinal, this.#cohorts[cohortOf(plan.cohorts, ordinal, seed)] as Cohort, this.#shared);
    });
    this.#window = new ConnectWindow({ width: plan.connecting, rate: plan.connectRate, devices: this.#devices });
    if (plan.clientCalls !== undefined) {
      const ordinals = plan.firstOrdinal + plan.devices.length;
      this.#clientCaller = new ClientCaller(plan.clientCalls, ordinals, (ordinal, requestId, payload) => {
        const device = this.#devices[ordinal - plan.firstOrdinal] as FleetDevice;
        const now = monotonicNow();
        return device.online && device.session.request(requestId, payload) ? now : undefined;
      });
    }
    if (plan.telemetry !== undefined) {
      const range = { first: plan.firstOrdinal, devices: plan.devices.length, random: this.#shared.random };
      this.#telemetry = new TelemetrySender(plan.telemetry, range, (ordinal, payload) => {
        const device = this.#devices[ordinal - plan.firstOrdinal] as FleetDevice;
        return device.online && device.session.telemetry(payload);
      });
    }
  }

  get progress(): FleetProgress {
    const connected = this.#devices.reduce((sum, device) => sum + (device.accepted ? 1 : 0), 0);
    const { failed, firstFailure } = this.#window;
    return { devices: this.#devices.length, connected, failed, firstFailure };
  }

  get state(): FleetState {
    const { figures, origin } = this.#shared;
    const names = faultNames(this.#plan.cohorts).flat();
    const events = origin === undefined ? [] : fleetEvents(this.#cohorts, names, monotonicNow() - origin);
    return { ...this.progress, ...figures, events };
  }

  /** Replies that devices still mean to send, and calls of their own that have not ended. */
  get pending(): number {
    const replies = this.#devices.reduce((sum, device) => sum + device.pending, 0);
    return replies + (this.#clientCaller?.pending ?? 0);
  }

  /** Connects every device, a window of them at a time; resolves when each is connected or given up. */
  async connect(): Promise<void> {
    await this.#alarm.ready;
    const start = monotonicNow();
    await this.#window.run();
    this.#connectMs = (monotonicNow() - start) / MILLISECOND;
    const { keepAliveS, pingFactor } = this.#plan;
    this.#pings = setInterval(this.#pingSome(), (keepAliveS * 1_000 * pingFactor) / PING_ROUNDS).unref();
  }

  /** The workload begins: the devices' own calls, their lives and the schedules of their faults count from `origin`. */
  begin(origin: Instant): void {
    this.#shared.origin = origin;
    this.#clientCaller?.begin(origin);
    this.#telemetry?.begin(origin);
    this.#scheduleOwn();
    for (const device of this.#devices) device.begin();
  }

  /** The workload is over: what of the devices' own calls was not part of it is not sent, nor is any more telemetry. */
  endClientCalls(end: ClientCallsEnd): void {
    this.#clientCaller?.end(end);
    this.#telemetry?.end();
    this.#scheduleOwn();
  }

  /** What happened so far, with instants counted from `origin`. */
  report(origin: number): FleetReport {
    const names = faultNames(this.#plan.cohorts).flat();
    const faults = this.#cohorts
      .flatMap((cohort) => cohort.faults)
      .map(({ counts }, index) => ({ name: names[index] as string, ...counts }));
    const { pending } = this;
    const clientCalls = this.#clientCaller?.report(monotonicNow());
    const { lost, reconnects, refused } = this.#shared.figures;
    const { devices, connected } = this.progress;
    return {
      requests: this.#ledger.requests,
      pending,
      ledger: this.#ledger.take(origin),
      connectMs: Math.round(this.#connectMs),
      lostConnections: lost,
      reconnects,
      refusedConnections: refused,
      awayAtEnd: devices - connected,
      faults,
      clientCalls,
      telemetry: this.#telemetry?.counts,
      behaviourErrors: this.#cohorts.flatMap(({ errors }) => errors),
      events: fleetEvents(this.#cohorts, names, monotonicNow() - origin),
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#pings);
    for (const device of this.#devices) device.close();
    this.#opener.close();
    await this.#alarm.close();
  }

  openSession({ ordinal, cohort }: FleetDevice, clientIdSuffix: string, listener: SessionListener): Session {
    return this.#opener.open({ ordinal, transport: cohort.transport, clientIdSuffix }, listener);
  }

  deviceSettled(device: FleetDevice): void {
    this.#window.settle(device);
  }

  deviceClosed(device: FleetDevice, reason: string): boolean {
    this.#clientCaller?.offline(device.ordinal, monotonicNow());
    if (this.#closing) return true;
    this.deviceMoved(device);
    const connecting = this.#window.fail(device, reason);
    if (connecting === "again") device.retryAfter(RETRY_AFTER);
    return connecting !== undefined;
  }

  deviceRequest(device: FleetDevice, { via, requestId, payload, delivery }: ArrivedRequest): void {
    const now = monotonicNow();
    const request = decodeRequest(payload);
    if (request.kind === "malformed") return;
    const { method, params } = request;
    const nonce = readNonce(params);
    const call = nonce === undefined ? undefined : callOfNonce(nonce, this.#plan.runTag);
    const ticket = this.#ledger.receive(device.ordinal, device.cohort.index, call, now);
    const at = device.at(now);
    const input = { kind: "request", ticket, via, requestId, method, params, call, at, delivery } as const;
    this.deviceEffects(device, device.handle(input, now));
  }

  deviceAnswer(device: FleetDevice, requestId: number, payload: string): void {
    this.#clientCaller?.answer(device.ordinal, requestId, payload, monotonicNow());
  }

  deviceEffects(device: FleetDevice, effects: readonly ResponderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "programmed") this.#ledger.program(effect.ticket, effect.delay, effect.faults);
      else if (effect.kind === "acknowledge") device.carrier(effect.via).acknowledge(effect.delivery);
      else if (effect.kind === "again") this.#receiveAgain(device, effect.arrival);
      else if (effect.kind === "end") device.endConnection(effect.how, effect.reconnectAfter, effect.via);
      else if (device.reply(effect.via, effect)) this.#ledger.reply(effect.ticket, monotonicNow());
    }
    this.deviceMoved(device);
  }

  /** A copy of a request is a request in the ledger, with the same call. */
  #receiveAgain(device: FleetDevice, arrival: Arrival): void {
    const now = monotonicNow();
    const ticket = this.#ledger.receive(device.ordinal, device.cohort.index, arrival.input.call, now);
    this.deviceEffects(device, device.handle({ kind: "again", ticket, arrival }, now));
  }

  deviceMoved(device: FleetDevice): void {
    this.#schedule(device, device.due);
  }

  /** What the fleet does of its own accord, beside each device's life. */
  #scheduleOwn(): void {
    if (this.#clientCaller !== undefined) this.#schedule(this.#clientCaller, this.#clientCaller.due);
    if (this.#telemetry !== undefined) this.#schedule(this.#telemetry, this.#telemetry.due);
  }

  #schedule(entry: FleetDevice | ClientCaller | TelemetrySender, deadline: Instant | undefined): void {
    if (deadline === undefined) this.#due.remove(entry);
    else if (this.#due.deadlineOf(entry) !== deadline) this.#due.move(entry, deadline);
    this.#setAlarm();
  }

  #setAlarm(): void {
    const first = this.#due.firstDeadline;
    if (first !== undefined) this.#alarm.set(first);
  }

  /** Lets out every reply, call and event that is due, waiting out the last few microseconds of the next one. */
  #release(): void {
    for (let entry = this.#due.first; entry !== undefined; entry = this.#due.first) {
      const deadline = this.#due.firstDeadline as Instant;
      let now = monotonicNow();
      if (deadline - now > SPIN_US) break;
      while (now < deadline) now = monotonicNow();
      entry.tick(now);
      this.#schedule(entry, entry.due);
    }
    this.#setAlarm();
  }

  /** Spreads the keep-alive pings of all devices evenly over the time between two of one device. */
  #pingSome(): () => void {
    let round = 0;
    return () => {
      for (let i = round; i < this.#devices.length; i += PING_ROUNDS) {
        (this.#devices[i] as FleetDevice).pingInTurn();
      }
      round = (round + 1) % PING_ROUNDS;
    };
  }
}
