/**
 * One keep-alive connection of the native caller: one request at a time, written in one piece, with nothing allocated for a call
 * but its text. A general HTTP client costs several times as much per call, and would be what is measured.
 */
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Instant } from "../../protocol/time.ts";
import { readResponse } from "./http-response.ts";

export interface ConnectionOwner {
  /** The request is about to be written, or could not be: the connection failed before. */
  onSend(call: number, connection: HttpConnection): void;
  /** The response is whole; the connection is free again, or closed when `usable` is false. */
  onAnswer(connection: HttpConnection, call: number, answer: { readonly status: number; readonly body: string }): void;
  /** The connection ended; `call` is FREE when it carried none. */
  onFailure(connection: HttpConnection, call: number, reason: string): void;
}

/** `call` of a connection that carries none. */
export const FREE = -1;

const READ_BYTES = 65_536;
/** Read into by every connection of the thread, one after the other. */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES);

export class HttpConnection {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  /** The request that waits for the connection to open. */
  #unsent: string | undefined;
  #open = false;
  /** What came of an unfinished response, one character a byte. */
  #received = "";
  #needed = 0;
  #call = FREE;
  #deadline: Instant = 0;
  #usable = true;

  constructor(url: URL, owner: ConnectionOwner) {
    this.#owner = owner;
    const secure = url.protocol === "https:";
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || (secure ? 443 : 80));
    this.#socket = secure ? this.#connectSecurely(host, port) : this.#connect(host, port);
    this.#socket.setNoDelay(true);
    let reason = "the server closed the connection";
    this.#socket.once(secure ? "secureConnect" : "connect", () => this.#opened());
    this.#socket.once("error", (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message;
    });
    this.#socket.once("close", () => this.#closed(reason));
  }

  /** The call it carries, or FREE. */
  get call(): number {
    return this.#call;
  }

  /** When its owner gives that call up. */
  get deadline(): Instant {
    return this.#deadline;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Sends a whole request as soon as the connection is open. Only for a connection that is usable and free. */
  send(call: number, request: string, deadline: Instant = Number.POSITIVE_INFINITY): void {
    this.#call = call;
    this.#deadline = deadline;
    if (this.#open) this.#write(request);
    else this.#unsent = request;
  }

  #write(request: string): void {
    this.#owner.onSend(this.#call, this);
    this.#socket.write(request, "utf8");
  }

  /** Ends it without a report. */
  close(): void {
    this.#usable = false;
    this.#call = FREE;
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #connect(host: string, port: number): Socket {
    const callback = (count: number): boolean => this.#read(READ_BUFFER.toString("latin1", 0, count));
    return connect({ host, port, onread: { buffer: READ_BUFFER, callback } });
  }

  #connectSecurely(host: string, port: number): Socket {
    // A server name must not be an address (RFC 6066 section 3).
    const servername = isIP(host) === 0 ? host : "";
    const socket = connectTls({ host, port, servername, ALPNProtocols: ["http/1.1"] });
    return socket.on("data", (chunk) => this.#read(chunk.toString("latin1")));
  }

  #opened(): void {
    this.#open = true;
    if (this.#unsent === undefined) return;
    const request = this.#unsent;
    this.#unsent = undefined;
    this.#write(request);
  }

  #read(chunk: string): boolean {
    if (this.#call === FREE) {
      // Nobody asked: some servers say 408 before they close an idle connection.
      this.#socket.destroy();
      return false;
    }
    this.#received += chunk;
    return this.#received.length < this.#needed || this.#parse(false);
  }

  /** False when the connection is of no further use. */
  #parse(ended: boolean): boolean {
    const answer = readResponse(this.#received, ended);
    if (answer.kind === "unfinished") {
      this.#needed = answer.needed;
      return true;
    }
    const call = this.#call;
    this.#call = FREE;
    this.#received = "";
    this.#needed = 0;
    if (answer.kind === "unreadable") {
      this.close();
      this.#owner.onFailure(this, call, answer.reason);
      return false;
    }
    if (!answer.reusable) this.close();
    this.#owner.onAnswer(this, call, answer);
    return this.#usable;
  }

  #closed(reason: string): void {
    this.#usable = false;
    // A body without a length ends with its connection.
    if (this.#call !== FREE && this.#received !== "") {
      this.#parse(true);
      return;
    }
    const call = this.#call;
    this.#call = FREE;
    this.#owner.onFailure(this, call, reason);
  }
}
