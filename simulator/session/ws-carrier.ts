/**
 * MQTT over a WebSocket (MQTT 3.1.1, section 6): binary messages of the subprotocol `mqtt`, one for each write. RST, and leaving the
 * writing side open, are not a WebSocket's: a reset ends the TCP connection at once, an end says goodbye.
 */
import { WebSocket } from "ws";
import type { Carrier, CarrierOwner, OpenCarrier } from "./carrier.ts";

const PATH = "/mqtt";
const NORMAL = 1_000;

export const openWebSocket: OpenCarrier = ({ host, port }, owner) => new WebSocketCarrier(host, port, owner);

class WebSocketCarrier implements Carrier {
  destroyed = false;
  closed = false;
  readonly #socket: WebSocket;

  constructor(host: string, port: number, owner: CarrierOwner) {
    const name = host.includes(":") ? `[${host}]` : host;
    this.#socket = new WebSocket(`ws://${name}:${port}${PATH}`, "mqtt", { perMessageDeflate: false });
    this.#socket.binaryType = "nodebuffer";
    let failure: NodeJS.ErrnoException | null = null;
    this.#socket.on("open", () => owner.socketConnected(this));
    this.#socket.on("message", (bytes: Buffer) => owner.socketReceived(this, bytes, bytes.length));
    this.#socket.on("error", (error) => {
      // A goodbye before the connection was there is no failure.
      if (!this.destroyed) failure = error;
    });
    this.#socket.on("close", () => {
      this.destroyed = true;
      this.closed = true;
      owner.socketClosed(this, failure);
    });
  }

  get connecting(): boolean {
    return this.#socket.readyState === WebSocket.CONNECTING;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes);
  }

  end(): void {
    this.destroyed = true;
    this.#socket.close(NORMAL);
  }

  destroy(): void {
    this.destroyed = true;
    this.#socket.terminate();
  }

  /** `end` has said goodbye, after what was written. */
  destroySoon(): void {}

  resetAndDestroy(): void {
    this.destroy();
  }

  pause(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.resume();
  }

  cork(): void {}

  uncork(): void {}
}
