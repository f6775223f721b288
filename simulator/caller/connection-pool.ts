/**
 * The connections of a native caller: free ones lie on a stack, so the warmest is taken first, and a new one is opened when there is
 * none. A request whose deadline has come ends with its connection.
 */
import type { Instant } from "../../protocol/time.ts";
import { type ConnectionOwner, FREE, HttpConnection } from "./http-connection.ts";
import { OverdueWatch } from "./overdue-watch.ts";

export class ConnectionPool {
  readonly #url: URL;
  readonly #owner: ConnectionOwner;
  readonly #idle: HttpConnection[] = [];
  readonly #all = new Set<HttpConnection>();
  readonly #watch = new OverdueWatch((now) => this.#giveUp(now));

  constructor(url: URL, owner: ConnectionOwner) {
    this.#url = url;
    this.#owner = owner;
  }

  /** Connections that are free. */
  get idle(): number {
    return this.#idle.length;
  }

  /** Sends over a free connection, or a new one. */
  carry(call: number, request: string, deadline: Instant): HttpConnection {
    let connection = this.#idle.pop();
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop();
    return this.#send(connection ?? new HttpConnection(this.#url, this.#owner), { call, request, deadline });
  }

  /** Sends over a new connection. */
  open(call: number, request: string, deadline: Instant): void {
    this.#send(new HttpConnection(this.#url, this.#owner), { call, request, deadline });
  }

  #send(connection: HttpConnection, { call, request, deadline }: Request): HttpConnection {
    this.#all.add(connection);
    this.#watch.watch(deadline);
    connection.send(call, request, deadline);
    return connection;
  }

  /** The connection has done its work. */
  release(connection: HttpConnection): void {
    if (connection.usable) this.#idle.push(connection);
    else this.#all.delete(connection);
  }

  /** The connection is gone. */
  forget(connection: HttpConnection): void {
    this.#all.delete(connection);
  }

  /** Ends a connection that carries something nobody waits for any more. */
  abandon(connection: HttpConnection): void {
    connection.close();
    this.#all.delete(connection);
  }

  close(): void {
    this.#watch.close();
    for (const connection of this.#all) connection.close();
  }

  /** The server broke its promise to every request that waits until now. */
  #giveUp(now: Instant): Instant | undefined {
    let next: Instant | undefined;
    for (const connection of this.#all) {
      if (connection.call === FREE) continue;
      if (connection.deadline <= now) {
        const { call } = connection;
        connection.close();
        this.#owner.onFailure(connection, call, "no answer within the caller's own limit");
      } else if (next === undefined || connection.deadline < next) next = connection.deadline;
    }
    return next;
  }
}

interface Request {
  readonly call: number;
  readonly request: string;
  readonly deadline: Instant;
}
