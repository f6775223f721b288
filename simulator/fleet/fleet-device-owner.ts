/** What a device knows of its fleet: who hears of its life, and what all devices of a thread share. */
import type { RandomStream } from "../../protocol/random.ts";
import type { ResponderEffect } from "../../protocol/responder.ts";
import type { Instant } from "../../protocol/time.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import type { Session, SessionListener } from "../session/session.ts";
import type { FleetDevice } from "./fleet-device.ts";

/** Who hears of a device's life. */
export interface FleetDeviceOwner {
  /** Connected as far as it means to be: subscribed, or not going to be. */
  deviceSettled(device: FleetDevice): void;
  /** Returns true when the owner sees to the next try itself. */
  deviceClosed(device: FleetDevice, reason: string): boolean;
  deviceRequest(device: FleetDevice, request: ArrivedRequest): void;
  /** An answer to a call of the device's own. */
  deviceAnswer(device: FleetDevice, requestId: number, payload: string): void;
  deviceEffects(device: FleetDevice, effects: readonly ResponderEffect[]): void;
  /** Its next instant may have changed. */
  deviceMoved(device: FleetDevice): void;
  openSession(device: FleetDevice, clientIdSuffix: string, listener: SessionListener): Session;
}

export interface ArrivedRequest {
  /** 0 by the device's own connection, from 1 by that of a twin. */
  readonly via: number;
  readonly requestId: number;
  readonly payload: string;
  readonly delivery: number | undefined;
}

/** How the connections of a fleet's devices went. */
export interface ConnectionFigures {
  /** Connections that ended although no fault said so. */
  lost: number;
  /** Connections that were made after a device's first. */
  reconnects: number;
  /** Attempts that came to no CONNACK. */
  refused: number;
}

/** What all devices of a thread share. */
export interface FleetDeviceShared {
  readonly owner: FleetDeviceOwner;
  readonly random: RandomStream;
  readonly settings: ConnectSettings;
  readonly figures: ConnectionFigures;
  /** The run's origin; undefined before it. */
  origin: Instant | undefined;
}
