/**
 * The bytes of one device's MQTT connection: the socket of the day and those it has left behind, what a fault does to the bytes on
 * it, and its end. It cuts what comes into packets and understands none of them.
 */
import type { EndHow, WireForm } from "../../protocol/reaction.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import type { ConnectSettings } from "../fault/device-fault.ts";
import type { Carrier, CarrierOwner, OpenCarrier } from "./carrier.ts";
import { closeSocket, LeftSockets } from "./left-sockets.ts";
import { MalformedPacket } from "./malformed-packet.ts";
import { cutPackets, type PacketReceiver } from "./mqtt-packet-stream.ts";
import { DISCONNECT } from "./mqtt-packet-writer.ts";
import { ENDED_BY_DEVICE } from "./session.ts";
import { openTcp } from "./tcp-carrier.ts";
import { type ByteSink, Outlet } from "./wire-form.ts";

export interface MqttLinkOptions {
  readonly host: string;
  readonly port: number;
  /** What carries the bytes; TCP unless it is said. */
  readonly carry?: OpenCarrier;
}

/** Who speaks over the link. */
export interface MqttLinkOwner {
  /** It is time for CONNECT. */
  linkReady(): void;
  /** A packet came, on loan until the call returns. */
  linkPacket(first: number, bytes: Buffer, start: number, end: number): void;
  /** The connection is over; said once per connection. */
  linkClosed(reason: string): void;
}

export class MqttLink implements CarrierOwner, PacketReceiver {
  readonly #options: MqttLinkOptions;
  readonly #owner: MqttLinkOwner;
  #carrier: Carrier | undefined;
  #settings: ConnectSettings | undefined;
  #rest: Buffer | undefined;
  #reason = "";
  #mute = false;
  #deaf = false;
  /** CONNECT was sent: before it nothing else may be (MQTT-3.1.0-1). */
  #greeted = false;
  #paused = false;
  /** Only for a connection that a fault has touched. */
  #outlet: Outlet | undefined;
  /** Connections that the device is done with and the server is not. */
  #left: LeftSockets | undefined;

  constructor(options: MqttLinkOptions, owner: MqttLinkOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** Names the connection there is; undefined when there is none. */
  get carrier(): Carrier | undefined {
    return this.#carrier;
  }

  /** There is a connection, and CONNECT was sent on it. */
  get greeted(): boolean {
    return this.#carrier !== undefined && this.#greeted;
  }

  /** What comes is not read. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Begins a connection; one that is there already is left to its fate. */
  open(settings: ConnectSettings): void {
    if (this.#carrier !== undefined) this.#leave().keep(this.#carrier);
    this.#settings = settings;
    this.#rest = undefined;
    this.#outlet = undefined;
    this.#reason = "closed by the server";
    this.#mute = false;
    this.#deaf = false;
    this.#greeted = false;
    this.#paused = false;
    const { host, port, carry = openTcp } = this.#options;
    this.#carrier = carry({ host, port }, this);
  }

  /** False when there is no connection; a connection that is silent swallows the bytes. */
  write(packet: Uint8Array): boolean {
    const carrier = this.#carrier;
    if (carrier === undefined || !this.#greeted) return false;
    if (this.#outlet !== undefined) this.#outlet.write(packet);
    else if (!this.#mute) carrier.write(packet);
    return true;
  }

  /** As `write`, in the form that a fault asks for. */
  writeForm(packet: Uint8Array, form: WireForm): boolean {
    const carrier = this.#carrier;
    if (carrier === undefined || !this.#greeted) return false;
    this.#outlet ??= new Outlet(this.#sink(carrier));
    this.#outlet.writeForm(packet, form);
    return true;
  }

  silence(direction: "up" | "down" | "both", on: boolean): void {
    if (direction !== "down") this.#mute = on;
    if (direction !== "up") this.#deaf = on;
    if (!this.#deaf && this.#carrier?.closed === true) this.#ended();
  }

  reading(on: boolean): void {
    this.#paused = !on;
    if (on) this.#carrier?.resume();
    else this.#carrier?.pause();
  }

  /** Does something after a while, at once for 0, unless that connection has ended by then. */
  later(carrier: Carrier | undefined, after: Duration, act: () => void): void {
    if (after === 0) act();
    else setTimeout(() => this.#carrier === carrier && act(), after / MILLISECOND).unref();
  }

  /** Why the connection will have been over, when the server ends it next. */
  blame(reason: string): void {
    this.#reason = reason;
  }

  /** Gives the connection up because of what came on it. */
  fail(reason: string): void {
    this.#reason = reason;
    this.#carrier?.destroy();
  }

  finish(how: EndHow, reason: string): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    this.#reason = reason;
    // What was written before still leaves.
    carrier.uncork();
    const after = this.#settings?.closeAfter ?? 0;
    // Through a silent connection no ending is heard, and a closed one has nobody to tell.
    if (how === "vanish" || this.#mute || carrier.closed) this.#leave().forget(carrier);
    else if (after > 0) this.#leave().closeLater(carrier, { how, packet: DISCONNECT }, after);
    else {
      closeSocket(carrier, { how, packet: DISCONNECT });
      return;
    }
    this.#ended();
  }

  dispose(): void {
    this.#left?.dispose();
  }

  #leave(): LeftSockets {
    this.#left ??= new LeftSockets();
    return this.#left;
  }

  #ended(): void {
    this.#carrier = undefined;
    this.#owner.linkClosed(this.#reason);
  }

  #sink(carrier: Carrier): ByteSink {
    return {
      write: (bytes) => {
        if (this.#carrier === carrier && !this.#mute) carrier.write(bytes);
      },
      end: (how) => {
        if (this.#carrier === carrier) this.finish(how, ENDED_BY_DEVICE);
      },
    };
  }

  socketConnected(carrier: Carrier): void {
    const { handshake } = this.#settings as ConnectSettings;
    if (this.#carrier !== carrier || handshake === undefined) return;
    this.later(carrier, handshake, () => {
      this.#greeted = true;
      this.#owner.linkReady();
    });
  }

  socketReceived(carrier: Carrier, bytes: Buffer, length: number): void {
    if (this.#carrier !== carrier) return;
    try {
      const rest = cutPackets(this.#rest, bytes, length, this);
      if (this.#carrier === carrier) this.#rest = rest;
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      this.fail(`malformed packet: ${error.message}`);
    }
  }

  socketClosed(carrier: Carrier, error: NodeJS.ErrnoException | null): void {
    this.#left?.drop(carrier);
    if (this.#left?.none === true) this.#left = undefined;
    if (this.#carrier !== carrier) return;
    if (error !== null) this.#reason = error.code ?? error.message;
    this.#rest = undefined;
    // Who hears nothing does not hear the end either.
    if (!this.#deaf) this.#ended();
  }

  packet(first: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#deaf) return true;
    this.#owner.linkPacket(first, bytes, start, end);
    return this.#carrier?.destroyed === false;
  }
}
