/**
 * One virtual device: a Responder that decides, a Session that carries, and a life of its own: it connects, loses its connection,
 * waits and comes back, as its cohort's policy and faults say. It stands in the fleet's heap once, with the earliest instant at
 * which anything of it is due.
 */
import type { Scheduled } from "../../protocol/deadline-heap.ts";
import type { RandomStream } from "../../protocol/random.ts";
import type { EndHow } from "../../protocol/reaction.ts";
import { Responder, type ResponderEffect, type ResponderInput } from "../../protocol/responder.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import type { ConnectSettings, LifeAction } from "../fault/device-fault.ts";
import { Life } from "../fault/life.ts";
import type { Session, SessionListener } from "../session/session.ts";
import type { Cohort } from "./cohorts.ts";

/** Who hears of a device's life. */
export interface FleetDeviceOwner {
  /** Connected as far as it means to be: subscribed, or not going to be. */
  deviceSettled(device: FleetDevice): void;
  /** `planned`: a fault ended it. Returns true when the owner sees to the next try itself. */
  deviceClosed(device: FleetDevice, reason: string, planned: boolean): boolean;
  deviceRequest(device: FleetDevice, request: ArrivedRequest): void;
  /** An answer to a call of the device's own. */
  deviceAnswer(device: FleetDevice, requestId: number, payload: string): void;
  deviceEffects(device: FleetDevice, effects: readonly ResponderEffect[]): void;
  /** Its next instant may have changed. */
  deviceMoved(device: FleetDevice): void;
  openSession(device: FleetDevice, clientIdSuffix: string, listener: SessionListener): Session;
}

export interface ArrivedRequest {
  /** 0 by the device's own connection, 1 by that of its twin. */
  readonly via: number;
  readonly requestId: number;
  readonly payload: string;
  readonly delivery: number | undefined;
}

/** What all devices of a thread share. */
export interface FleetDeviceShared {
  readonly owner: FleetDeviceOwner;
  readonly random: RandomStream;
  readonly settings: ConnectSettings;
  /** The run's origin; undefined before it. */
  origin: Instant | undefined;
}

const NEVER = Number.POSITIVE_INFINITY;

export class FleetDevice implements Scheduled, SessionListener {
  deadline = 0;
  heapIndex = -1;
  heapSequence = 0;
  online = false;
  readonly ordinal: number;
  readonly cohort: Cohort;
  readonly #shared: FleetDeviceShared;
  #responder: Responder | undefined;
  #session: Session | undefined;
  #twin: Session | undefined;
  #life: Life | undefined;
  #settings: ConnectSettings | undefined;
  /** Connections begun in this run, and those in a row that came to nothing. */
  #attempts = 0;
  #failures = 0;
  /** A life event took it away; only another brings it back. */
  #away = false;
  #reconnectAfter: Duration | undefined;
  #connectAt = NEVER;
  #pingAt = NEVER;

  constructor(ordinal: number, cohort: Cohort, shared: FleetDeviceShared) {
    this.ordinal = ordinal;
    this.cohort = cohort;
    this.#shared = shared;
  }

  /** The earliest instant at which `tick` matters. */
  get due(): Instant | undefined {
    const { origin } = this.#shared;
    const lifeAt = origin === undefined ? NEVER : origin + (this.#life?.due ?? NEVER);
    const first = Math.min(this.#responder?.deadline ?? NEVER, lifeAt, this.#connectAt, this.#pingAt);
    return first === NEVER ? undefined : first;
  }

  get pending(): number {
    return this.#responder?.pending ?? 0;
  }

  /** True when its pings follow its own clock, because a fault set their pace. */
  get pingsItself(): boolean {
    return this.#settings !== undefined && this.#settings.pingFactor !== this.#shared.settings.pingFactor;
  }

  get session(): Session {
    this.#session ??= this.#shared.owner.openSession(this, "", this);
    return this.#session;
  }

  /** Begins a connection, as the cohort's faults change it. */
  connect(): void {
    const { random, settings } = this.#shared;
    const attempt = { device: this.ordinal, attempt: ++this.#attempts, at: this.#at(monotonicNow()) };
    let changed = settings;
    for (const fault of this.cohort.faults) changed = fault.connect?.(changed, attempt, random) ?? changed;
    this.#settings = changed;
    this.#pingAt = NEVER;
    if (changed.delay === 0) this.#connectNow();
    else {
      this.#connectAt = monotonicNow() + changed.delay;
      this.#shared.owner.deviceMoved(this);
    }
  }

  /** The workload begins: the device's own life counts from `origin`. */
  begin(): void {
    if (!this.cohort.faults.some(({ life }) => life !== undefined)) return;
    this.#life = new Life(this.cohort.faults, this.ordinal, this.#shared.random);
    this.#shared.owner.deviceMoved(this);
  }

  handle(input: ResponderInput, now: Instant): readonly ResponderEffect[] {
    this.#responder ??= new Responder({
      device: this.ordinal,
      behaviour: this.cohort.behaviour,
      faults: this.cohort.faults,
      random: this.#shared.random,
    });
    return this.#responder.handle(input, now);
  }

  /** Does what is due. */
  tick(now: Instant): void {
    if (this.#connectAt <= now) {
      this.#connectAt = NEVER;
      if (this.#settings === undefined) this.connect();
      else this.#connectNow();
    }
    if (this.#pingAt <= now) {
      this.session.ping();
      this.#schedulePing(now);
    }
    for (let event = this.#life?.take(this.#at(now)); event !== undefined; event = this.#life?.take(this.#at(now))) {
      event.fault.lived();
      this.#live(event.action);
    }
    if (this.#responder !== undefined) this.#shared.owner.deviceEffects(this, this.handle({ kind: "tick" }, now));
  }

  /** Since the run's origin, 0 before it. */
  at(now: Instant): Duration {
    return this.#at(now);
  }

  /** The connection a reply goes by; a twin that is gone leaves the device's own. */
  carrier(via: number): Session {
    return via === 1 && this.#twin !== undefined ? this.#twin : this.session;
  }

  /** Ends a connection because a fault says so; the device comes back after a while. */
  endConnection(how: EndHow, reconnectAfter: Duration, via: number): void {
    if (via === 1) {
      this.#twin?.end(how);
      return;
    }
    this.#reconnectAfter = reconnectAfter;
    this.session.end(how);
  }

  /** Tries again after `wait`. */
  retryAfter(wait: Duration): void {
    this.#settings = undefined;
    this.#connectAt = monotonicNow() + wait;
    this.#shared.owner.deviceMoved(this);
  }

  close(): void {
    this.#session?.end("disconnect");
    this.#twin?.end("disconnect");
    this.#session?.dispose();
    this.#twin?.dispose();
  }

  connected(): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    if (this.pingsItself) this.#schedulePing(monotonicNow());
    if (settings.subscribeAfter !== 0) this.#settle();
  }

  ready(): void {
    this.online = true;
    if (this.#responder !== undefined) {
      this.#shared.owner.deviceEffects(this, this.handle({ kind: "online" }, monotonicNow()));
    }
    this.#settle();
  }

  request(requestId: number, payload: string, delivery: number | undefined): void {
    this.#shared.owner.deviceRequest(this, { via: 0, requestId, payload, delivery });
  }

  answer(requestId: number, payload: string): void {
    this.#shared.owner.deviceAnswer(this, requestId, payload);
  }

  closed(reason: string): void {
    this.online = false;
    this.#pingAt = NEVER;
    this.#responder?.handle({ kind: "offline" }, monotonicNow());
    const reconnectAfter = this.#reconnectAfter;
    this.#reconnectAfter = undefined;
    const planned = reconnectAfter !== undefined || this.#away;
    if (this.#shared.owner.deviceClosed(this, reason, planned) || this.#away) return;
    this.#failures++;
    const { random } = this.#shared;
    const place = { device: this.ordinal, attempt: this.#attempts };
    const wait = reconnectAfter ?? this.cohort.reconnect.wait(this.#failures, place, random);
    if (wait !== undefined) this.retryAfter(wait);
  }

  #at(now: Instant): Duration {
    const { origin } = this.#shared;
    return origin === undefined ? 0 : Math.max(0, now - origin);
  }

  #connectNow(): void {
    const settings = this.#settings as ConnectSettings;
    this.session.connect(settings);
    // Nothing will be heard of a handshake that is never finished.
    if (settings.handshake === undefined) this.#settle();
  }

  #settle(): void {
    this.#failures = 0;
    this.#shared.owner.deviceSettled(this);
  }

  #schedulePing(now: Instant): void {
    const settings = this.#settings as ConnectSettings;
    this.#pingAt = now + settings.keepAliveS * settings.pingFactor * SECOND;
    this.#shared.owner.deviceMoved(this);
  }

  #live(action: LifeAction): void {
    switch (action.kind) {
      case "leave":
        this.#away = true;
        this.#connectAt = NEVER;
        this.session.end(action.how);
        break;
      case "return":
        this.#away = false;
        if (!this.online) this.connect();
        break;
      case "silence":
        this.session.silence(action.direction, action.on);
        break;
      case "stop_reading":
        this.session.reading(!action.on);
        break;
      case "subscribe":
        this.session.subscribe(action.on);
        break;
      case "takeover":
        this.connect();
        break;
      case "twin":
        this.#setTwin(action.on);
        break;
      case "reboot":
        this.handle({ kind: "reboot" }, monotonicNow());
        this.#reconnectAfter = 0;
        this.session.end("reset");
    }
  }

  #setTwin(on: boolean): void {
    if (!on) {
      this.#twin?.end("disconnect");
      this.#twin = undefined;
      return;
    }
    const { owner, settings } = this.#shared;
    this.#twin = owner.openSession(this, "-twin", {
      connected: () => undefined,
      ready: () => undefined,
      request: (requestId, payload, delivery) => owner.deviceRequest(this, { via: 1, requestId, payload, delivery }),
      answer: () => undefined,
      closed: () => undefined,
    });
    this.#twin.connect(settings);
  }
}
