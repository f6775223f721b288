/**
 * One virtual device: a Responder that decides, a Session that carries, and a life of its own: it connects, loses its connection,
 * waits and comes back, as its cohort's policy and faults say. It stands in the fleet's heap once, with the earliest instant at
 * which anything of it is due.
 */
import type { Scheduled } from "../../protocol/deadline-heap.ts";
import type { EndHow } from "../../protocol/reaction.ts";
import { Responder, type ResponderEffect, type ResponderInput } from "../../protocol/responder.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import { monotonicNow } from "../clock.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import { Life } from "../fault/life.ts";
import { ENDED_BY_DEVICE, type OutgoingReply, type Session, type SessionListener } from "../session/session.ts";
import type { Cohort } from "./cohorts.ts";
import { changedSettings } from "./connect-settings.ts";
import { Fate } from "./fate.ts";
import type { FleetDeviceShared } from "./fleet-device-owner.ts";
import { openTwin } from "./open-twin.ts";

const NEVER = Number.POSITIVE_INFINITY;

export class FleetDevice implements Scheduled, SessionListener {
  heapIndex = -1;
  /** The server accepted its connection, and it is still there. */
  accepted = false;
  /** Subscribed to requests as well. */
  online = false;
  readonly ordinal: number;
  readonly cohort: Cohort;
  readonly #shared: FleetDeviceShared;
  #responder: Responder | undefined;
  #session: Session | undefined;
  #fate: Fate | undefined;
  #settings: ConnectSettings | undefined;
  /** Connections begun in this run, and those in a row that came to nothing. */
  #attempts = 0;
  #failures = 0;
  /** Connections the server accepted. */
  #acceptances = 0;
  #reconnectAfter: Duration | undefined;
  /** Instants are undefined rather than infinite while there are none: a number that is no small integer has a box of its own. */
  #connectAt: Instant | undefined;
  #pingAt: Instant | undefined;
  /** When it stops waiting for an answer to its attempt, and what it will say then. */
  #giveUpAt: Instant | undefined;
  #missing = "";
  /** Why it ended a connection itself, when no fault made it. */
  #gaveUp: string | undefined;

  constructor(ordinal: number, cohort: Cohort, shared: FleetDeviceShared) {
    this.ordinal = ordinal;
    this.cohort = cohort;
    this.#shared = shared;
  }

  /** The earliest instant at which `tick` matters. */
  get due(): Instant | undefined {
    const { origin } = this.#shared;
    const lifeAt = origin === undefined ? NEVER : origin + (this.#fate?.due ?? NEVER);
    const connectionAt = Math.min(this.#connectAt ?? NEVER, this.#pingAt ?? NEVER, this.#giveUpAt ?? NEVER);
    const first = Math.min(this.#responder?.deadline ?? NEVER, lifeAt, connectionAt);
    return first === NEVER ? undefined : first;
  }

  get pending(): number {
    return this.#responder?.pending ?? 0;
  }

  /** A fault has changed its latest attempt to connect. */
  get attemptChanged(): boolean {
    return this.#settings !== this.#shared.settings;
  }

  /** Pings, unless it does so by a clock of its own because a fault set the pace. */
  pingInTurn(): void {
    if (!this.#pingsItself) this.session.ping();
    this.#fate?.twins?.ping();
  }

  get session(): Session {
    this.#session ??= this.#shared.owner.openSession(this, "", this);
    return this.#session;
  }

  /** Begins a connection, as the cohort's faults change it. */
  connect(): void {
    const now = monotonicNow();
    const { random, settings } = this.#shared;
    const attempt = { device: this.ordinal, attempt: ++this.#attempts, at: this.at(now) };
    this.#settings = changedSettings(settings, {
      ...attempt,
      ...this.cohort,
      hardships: this.#fate?.hardships,
      random,
    });
    this.accepted = false;
    this.online = false;
    this.#pingAt = undefined;
    this.#giveUpAt = undefined;
    if (this.#settings.delay === 0) this.#connectNow(now);
    else {
      this.#connectAt = now + this.#settings.delay;
      this.#shared.owner.deviceMoved(this);
    }
  }

  /** The workload begins: the device's own life counts from `origin`. */
  begin(): void {
    if (!this.cohort.faults.some(({ life }) => life !== undefined)) return;
    this.#fate = new Fate(this, new Life(this.cohort.faults, this.ordinal, this.#shared.random));
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
    if (isDue(this.#giveUpAt, now)) this.#giveUp();
    if (isDue(this.#connectAt, now)) {
      this.#connectAt = undefined;
      if (this.#settings === undefined) this.connect();
      else this.#connectNow(now);
    }
    if (isDue(this.#pingAt, now)) {
      this.#pingAt = undefined;
      this.session.ping();
      if (this.accepted) this.#schedulePing(now);
    }
    this.#fate?.tick(this.at(now));
    if (this.#responder !== undefined) this.#shared.owner.deviceEffects(this, this.handle({ kind: "tick" }, now));
  }

  /** Since the run's origin, 0 before it. */
  at(now: Instant): Duration {
    const { origin = now } = this.#shared;
    return Math.max(0, now - origin);
  }

  /** The connection of an effect; a twin that is gone leaves the device's own. */
  carrier(via: number): Session {
    return this.#fate?.twins?.carrier(via) ?? this.session;
  }

  /** Sends a reply; false when there is no connection to carry it. */
  reply(via: number, reply: OutgoingReply): boolean {
    if (via === 0) this.#fate?.twins?.mirror(reply);
    return this.carrier(via).reply(reply);
  }

  /** Ends a connection because a fault says so; the device comes back after a while. */
  endConnection(how: EndHow, reconnectAfter: Duration, via: number): void {
    if (this.carrier(via) === this.session) this.#reconnectAfter = reconnectAfter;
    this.carrier(via).end(how);
  }

  /** Gives up an attempt that is planned or under way. */
  stopTrying(): void {
    this.#connectAt = undefined;
    this.#giveUpAt = undefined;
  }

  /** Connects, after its old connection has ended if it is still about to. */
  comeBack(): void {
    if (this.accepted) this.#reconnectAfter = 0;
    else this.connect();
  }

  /** Loses its memory, and its connection for so long. */
  reboot(after: Duration): void {
    this.handle({ kind: "reboot" }, monotonicNow());
    if (this.accepted) this.#reconnectAfter = after;
    this.session.end("reset");
  }

  /** A further connection of this device, and its requests. */
  openTwin(via: number, mirrors: boolean): Session {
    return openTwin(this, this.#shared, { via, mirrors });
  }

  /** Tries again after `wait`. */
  retryAfter(wait: Duration): void {
    this.#settings = undefined;
    this.#connectAt = monotonicNow() + wait;
    this.#shared.owner.deviceMoved(this);
  }

  close(): void {
    this.#session?.end("disconnect");
    this.#session?.dispose();
    this.#fate?.close();
  }

  connected(): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    this.accepted = true;
    if (++this.#acceptances > 1) this.#shared.figures.reconnects++;
    const now = monotonicNow();
    const { subscribeAfter, patience } = settings;
    this.#waitUntil(subscribeAfter === undefined ? undefined : now + subscribeAfter + patience, "no SUBACK");
    if (this.#pingsItself) this.#schedulePing(now);
    if (subscribeAfter !== 0) this.#settle();
  }

  ready(): void {
    this.online = true;
    this.#waitUntil(undefined, "");
    this.#fate?.suffer();
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
    const why = this.#gaveUp ?? reason;
    const { random, figures } = this.#shared;
    if (why !== ENDED_BY_DEVICE) figures[this.accepted ? "lost" : "refused"]++;
    this.accepted = false;
    this.online = false;
    this.#pingAt = undefined;
    this.#giveUpAt = undefined;
    this.#gaveUp = undefined;
    this.#fate?.hardships.connectionEnded();
    this.#responder?.handle({ kind: "offline" }, monotonicNow());
    const reconnectAfter = this.#reconnectAfter;
    this.#reconnectAfter = undefined;
    if (this.#shared.owner.deviceClosed(this, why) || this.#fate?.hardships.away === true) return;
    this.#failures++;
    const place = { device: this.ordinal, attempt: this.#attempts };
    const wait = reconnectAfter ?? this.cohort.reconnect.wait(this.#failures, place, random);
    if (wait !== undefined) this.retryAfter(wait);
  }

  #connectNow(now: Instant): void {
    const { reach, handshake, patience } = this.#settings as ConnectSettings;
    if (reach === "refused") this.#waitUntil(now, "ECONNREFUSED");
    else this.#waitUntil(handshake === undefined ? undefined : now + handshake + patience, "no CONNACK");
    if (reach === "server") this.session.connect(this.#settings as ConnectSettings);
    // Nothing will be heard of a handshake that is never finished.
    if (handshake === undefined) this.#settle();
  }

  #waitUntil(at: Instant | undefined, missing: string): void {
    this.#giveUpAt = at;
    this.#missing = missing;
    this.#shared.owner.deviceMoved(this);
  }

  /** What it waited for has not come. */
  #giveUp(): void {
    this.#giveUpAt = undefined;
    this.#gaveUp = this.#missing;
    if (this.#settings?.reach === "server") this.session.end("fin");
    else this.closed(this.#gaveUp);
  }

  #settle(): void {
    this.#failures = 0;
    this.#shared.owner.deviceSettled(this);
  }

  get #pingsItself(): boolean {
    const { keepAliveS, pingFactor } = this.#shared.settings;
    const own = this.#settings;
    return own !== undefined && (own.pingFactor !== pingFactor || own.keepAliveS !== keepAliveS);
  }

  #schedulePing(now: Instant): void {
    const { keepAliveS, pingFactor } = this.#settings as ConnectSettings;
    this.#pingAt = now + keepAliveS * pingFactor * SECOND;
    this.#shared.owner.deviceMoved(this);
  }
}

function isDue(at: Instant | undefined, now: Instant): boolean {
  return at !== undefined && at <= now;
}
