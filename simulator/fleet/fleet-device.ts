/** One virtual device: a Responder that decides and a Session that carries. */
import type { Scheduled } from "../../protocol/deadline-heap.ts";
import type { RandomStream } from "../../protocol/random.ts";
import { Responder } from "../../protocol/responder.ts";
import { monotonicNow } from "../clock.ts";
import type { Cohort } from "./cohorts.ts";
import { Session, type SessionListener, type SessionOptions } from "./session.ts";

/** Who hears of a device's life. */
export interface FleetDeviceListener {
  deviceReady(device: FleetDevice): void;
  /** `reconnectAfterMs` is set when a fault ended the connection on purpose. */
  deviceClosed(device: FleetDevice, reason: string, reconnectAfterMs: number | undefined): void;
  deviceRequest(device: FleetDevice, requestId: number, payload: string): void;
  /** An answer to a call of the device's own. */
  deviceAnswer(device: FleetDevice, requestId: number, payload: string): void;
}

export interface FleetDeviceOptions {
  readonly ordinal: number;
  readonly cohort: Cohort;
  readonly random: RandomStream;
  readonly session: SessionOptions;
  readonly listener: FleetDeviceListener;
}

export class FleetDevice implements Scheduled, SessionListener {
  deadline = 0;
  heapIndex = -1;
  heapSequence = 0;
  online = false;
  readonly ordinal: number;
  readonly cohort: Cohort;
  readonly responder: Responder;
  readonly session: Session;
  readonly #listener: FleetDeviceListener;
  #reconnectAfterMs: number | undefined;

  constructor({ ordinal, cohort, random, session, listener }: FleetDeviceOptions) {
    this.ordinal = ordinal;
    this.cohort = cohort;
    this.responder = new Responder({ device: ordinal, behaviour: cohort.behaviour, faults: cohort.faults, random });
    this.session = new Session(session, this);
    this.#listener = listener;
  }

  ready(): void {
    this.online = true;
    this.#listener.deviceReady(this);
  }

  request(requestId: number, payload: string): void {
    this.#listener.deviceRequest(this, requestId, payload);
  }

  answer(requestId: number, payload: string): void {
    this.#listener.deviceAnswer(this, requestId, payload);
  }

  closed(reason: string): void {
    this.online = false;
    this.responder.handle({ kind: "offline" }, monotonicNow());
    const planned = this.#reconnectAfterMs;
    this.#reconnectAfterMs = undefined;
    this.#listener.deviceClosed(this, reason, planned);
  }

  /** Ends the connection because a fault says so. */
  disconnect(reconnectAfterMs: number): void {
    this.#reconnectAfterMs = reconnectAfterMs;
    this.session.abort();
  }
}
