/**
 * Ends connections whose device is silent (contract 6.2). Keep-alive is not enforced; what counts is any byte the device sent. All
 * connections are looked at every few seconds, as in the original, so that a message costs nothing.
 */
import type { Socket } from "node:net";

/** `transport.sessions.report_timeout` */
const LONGEST_PERIOD_MS = 3_000;

interface Watched {
  readonly expire: () => void;
  bytesRead: number;
  heardAtMs: number;
}

export class InactivityWatch {
  readonly #watched = new Map<Socket, Watched>();
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, now: () => number) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
    this.#timer = setInterval(() => this.#sweep(), Math.min(LONGEST_PERIOD_MS, timeoutMs)).unref();
  }

  add(socket: Socket, expire: () => void): void {
    this.#watched.set(socket, { expire, bytesRead: socket.bytesRead, heardAtMs: this.#now() });
  }

  delete(socket: Socket): void {
    this.#watched.delete(socket);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const now = this.#now();
    for (const [socket, watched] of this.#watched) {
      const { bytesRead } = socket;
      if (bytesRead !== watched.bytesRead) {
        watched.bytesRead = bytesRead;
        watched.heardAtMs = now;
      } else if (now - watched.heardAtMs >= this.#timeoutMs) {
        this.#watched.delete(socket);
        watched.expire();
      }
    }
  }
}
