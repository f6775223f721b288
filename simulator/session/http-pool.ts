/**
 * The POSTs of a thread's HTTP devices, each on a keep-alive connection that is free: a device's own connection is taken while it
 * waits for a command, and the server knows a device by its URL, not by its connection.
 */
import { type ConnectionOwner, FREE, HttpConnection } from "../caller/http-connection.ts";

/** What came back; `status` 0 when nothing did. */
export type HttpAnswered = (status: number, body: string) => void;

interface Waiting {
  readonly text: string;
  readonly answered: HttpAnswered;
  /** Sent on a connection that had been idle, which its server may have closed at that moment: worth another try. */
  readonly reused: boolean;
}

const LARGEST_TAG = 2 ** 31;

export class HttpPool implements ConnectionOwner {
  readonly #url: URL;
  readonly #free: HttpConnection[] = [];
  readonly #busy = new Map<number, HttpConnection>();
  readonly #waiting = new Map<number, Waiting>();
  #tag = 0;
  #closed = false;

  constructor(url: URL) {
    this.#url = url;
  }

  send(text: string, answered: HttpAnswered): void {
    if (this.#closed) return;
    const free = this.#free.pop();
    this.#sendOn(free ?? new HttpConnection(this.#url, this), { text, answered, reused: free !== undefined });
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#free, ...this.#busy.values()]) connection.close();
    this.#waiting.clear();
  }

  onSend(): void {}

  onAnswer(connection: HttpConnection, tag: number, { status, body }: { status: number; body: string }): void {
    this.#busy.delete(tag);
    if (connection.usable) this.#free.push(connection);
    this.#take(tag)?.answered(status, body);
  }

  onFailure(connection: HttpConnection, tag: number): void {
    const place = this.#free.indexOf(connection);
    if (place >= 0) this.#free.splice(place, 1);
    if (tag === FREE) return;
    this.#busy.delete(tag);
    const waiting = this.#take(tag);
    if (waiting === undefined) return;
    if (waiting.reused && !this.#closed) {
      this.#sendOn(new HttpConnection(this.#url, this), { ...waiting, reused: false });
    } else waiting.answered(0, "");
  }

  #sendOn(connection: HttpConnection, waiting: Waiting): void {
    this.#tag = (this.#tag + 1) % LARGEST_TAG;
    this.#busy.set(this.#tag, connection);
    this.#waiting.set(this.#tag, waiting);
    connection.send(this.#tag, waiting.text);
  }

  #take(tag: number): Waiting | undefined {
    const waiting = this.#waiting.get(tag);
    this.#waiting.delete(tag);
    return waiting;
  }
}

/** A whole POST of the HTTP device API, whose bodies are JSON. */
export function postText(url: URL, path: string, body: string): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}
