/**
 * The live view as a web page, for this machine only: `/` is the page, `/events` tells it what is new (server-sent events). Nothing
 * else is served, and nothing is read but the request line and the Host header.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LiveFigures } from "../../reports/live/live-figures.ts";
import type { LiveFrame, LivePoint } from "../../reports/live/live-frame.ts";
import { LIVE_PAGE_POLICY, renderLivePage } from "../../reports/live/live-page.ts";
import { liveTexts } from "../../reports/live/live-texts.ts";
import { SetUpError } from "../errors.ts";

const HOST = "127.0.0.1";
/** A reader that does not take the last message by then has no more to say in when the run ends. */
const GOODBYE_MS = 500;
const MOST_UNREAD_BYTES = 1_000_000;
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

export class LiveServer {
  readonly url: string;
  readonly #server: Server;
  readonly #figures: LiveFigures;
  readonly #readers = new Set<ServerResponse>();
  #frame: LiveFrame;
  /** So many seconds of the run were told. */
  #told = 0;

  /** Listens on the loopback address; port 0 takes a free one. Throws SetUpError when the port is taken. */
  static async start(port: number, figures: LiveFigures): Promise<LiveServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      const refused = ({ code = "" }: NodeJS.ErrnoException): void => {
        const why = code === "EADDRINUSE" ? "is taken" : `cannot be used (${code})`;
        reject(new SetUpError(`--live: port ${port} ${why}; name another, or none for a free one`));
      };
      server.once("error", refused);
      server.listen(port, HOST, () => {
        server.off("error", refused);
        resolve();
      });
    });
    return new LiveServer(server, figures);
  }

  private constructor(server: Server, figures: LiveFigures) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://${HOST}:${port}/`;
    this.#server = server;
    this.#figures = figures;
    this.#frame = figures.frame(undefined);
    server.on("request", (request, response) => this.#answer(request, response, port));
    // A page that nobody closes must not keep the process alive.
    server.unref();
  }

  /** Tells every reader. */
  send(frame: LiveFrame): void {
    this.#frame = frame;
    const fresh = this.#figures.pointsAfter(this.#told);
    this.#told = this.#figures.seconds;
    const text = (fresh.length === 0 ? "" : pointsEvent(fresh)) + frameEvent(frame);
    for (const reader of this.#readers) {
      // One that is behind misses frames rather than piling them up. Seconds it must not miss, unless it comes again for all of them.
      if (reader.writableLength > MOST_UNREAD_BYTES) reader.destroy();
      else if (!reader.writableNeedDrain || fresh.length > 0) reader.write(text);
    }
  }

  /** Tells every reader that the run is over, and ends. */
  async end(frame: LiveFrame): Promise<void> {
    this.send(frame);
    const last = `event: end\ndata: ${JSON.stringify(frame.end?.verdict)}\n\n`;
    const told = [...this.#readers].map((reader) => new Promise<void>((resolve) => reader.end(last, resolve)));
    const patience = new Promise<void>((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    await Promise.race([Promise.all(told), patience]);
    await this.close();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse, port: number): void {
    const { method, url, headers } = request;
    // A page of another site that has its name point here would be read as that site's own.
    const isOurs = headers.host === `${HOST}:${port}` || headers.host === `localhost:${port}`;
    if (!isOurs) refuse(response, 403, `this page is at ${this.url}`);
    else if (method !== "GET") refuse(response.setHeader("allow", "GET"), 405, "only GET");
    else if (url === "/events") this.#subscribe(response);
    else if (url === "/") {
      const page = {
        ...HEADERS,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": LIVE_PAGE_POLICY,
      };
      response.writeHead(200, page).end(renderLivePage(this.#frame));
    } else refuse(response, 404, "nothing here");
  }

  #subscribe(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
    // What comes after those goes to every reader.
    const known = this.#figures.points.slice(0, this.#figures.points.length - (this.#figures.seconds - this.#told));
    response.write(pointsEvent(known) + frameEvent(this.#frame));
    this.#readers.add(response);
    response.once("close", () => this.#readers.delete(response));
  }
}

function pointsEvent(points: readonly LivePoint[]): string {
  return `event: points\ndata: ${JSON.stringify(points)}\n\n`;
}

function frameEvent(frame: LiveFrame): string {
  return `event: frame\ndata: ${JSON.stringify(liveTexts(frame))}\n\n`;
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8" }).end(`${words}\n`);
}
