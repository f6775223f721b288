/** Sockets that a session has ended or forgotten, and that are still open: ghosts to the server, nothing to the device. */
import type { EndHow } from "../../protocol/reaction.ts";
import { type Duration, MILLISECOND } from "../../protocol/time.ts";
import type { Carrier } from "./carrier.ts";

export class LeftSockets {
  readonly #open = new Set<Carrier>();

  /** True when none is left. */
  get none(): boolean {
    return this.#open.size === 0;
  }

  /** Leaves a socket as it is. */
  keep(socket: Carrier): void {
    if (!socket.closed) this.#open.add(socket);
  }

  /** It is closed at last. */
  drop(socket: Carrier): void {
    this.#open.delete(socket);
  }

  /** Leaves a socket open. What still comes is read and not heard: else the server's end of it would never free its descriptor. */
  forget(socket: Carrier): void {
    socket.resume();
    this.keep(socket);
  }

  /** D4 of the fault menu: the device is done with a socket, which closes only so much later. */
  closeLater(socket: Carrier, farewell: Farewell, after: Duration): void {
    this.forget(socket);
    setTimeout(() => closeSocket(socket, farewell), after / MILLISECOND).unref();
  }

  dispose(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

export interface Farewell {
  readonly how: Exclude<EndHow, "vanish">;
  /** The last packet of a `disconnect`. */
  readonly packet: Uint8Array;
}

/** Closes a socket; one that is still connecting has nobody to say goodbye to. */
export function closeSocket(socket: Carrier, { how, packet }: Farewell): void {
  if (socket.connecting) socket.destroy();
  else if (how === "reset") socket.resetAndDestroy();
  else {
    if (how === "disconnect") socket.write(packet);
    socket.end();
    socket.destroySoon();
  }
}
