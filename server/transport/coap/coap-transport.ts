/** The CoAP side of devices (contract 10.1), on the package `coap`. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { createServer, type IncomingMessage, ObserveWriteStream, type Server, updateTiming } from "coap";
import type { Logger } from "pino";
import type { LiveDriver } from "../../driver.ts";
import type { Provision } from "../../provisioning/provision.ts";
import { type CoapPath, readCoapPath } from "./coap-path.ts";
import { type CoapResponse, CoapUploads, type CoapUploadsOptions, OVER_LIMIT, respond } from "./coap-uploads.ts";
import { readEmptyMessage } from "./empty-message.ts";
import { clientName, Observations, type ObservationsOptions } from "./observations.ts";

export interface CoapOptions extends CoapUploadsOptions, ObservationsOptions {
  readonly registry: { deviceOfToken(accessToken: string): string | undefined };
  readonly driver: Pick<LiveDriver, "reply" | "acknowledged" | "undeliverable">;
  readonly logger: Logger;
  /** Undefined: there is none. */
  readonly provision: Provision | undefined;
}

/** `COAP_PIGGYBACK_TIMEOUT`: an answer that takes longer is announced by an empty acknowledgement. */
const PIGGYBACK_MS = 500;
/**
 * MAX_LATENCY of RFC 7252, which has 100: how long a datagram may be on its way. The library keeps each answer for twice that
 * and more, with its timer, which under load is most of the server's memory; and so long it waits for an observer who is gone.
 */
const MAX_LATENCY_SECONDS = 10;

export class CoapTransport {
  readonly #options: CoapOptions;
  readonly #server: Server;
  readonly #uploads: CoapUploads;
  readonly #observations: Observations;
  #socket: Socket | undefined;

  constructor(options: CoapOptions) {
    this.#options = options;
    this.#uploads = new CoapUploads(options);
    this.#observations = new Observations(options);
    updateTiming({ maxLatency: MAX_LATENCY_SECONDS });
    this.#server = createServer({ piggybackReplyMs: PIGGYBACK_MS });
    // A transfer in blocks is known by its client and path (RFC 7959, 2.4 and 2.5); the library goes by the token, of which
    // clients may use another one for each block.
    this.#server._toCacheKey = (request) => `${clientName(request.rsinfo.address, request.rsinfo.port)}${request.url}`;
    this.#server.on("error", (error) => options.logger.error({ err: error }, "CoAP socket failed"));
    this.#server.on("request", (request: IncomingMessage, response: CoapResponse) => {
      response.on("error", (error: Error) => options.logger.warn({ err: error }, "CoAP response failed"));
      try {
        this.#answer(request, response);
      } catch (error) {
        // A fault of ours costs this request, not the server.
        options.logger.error({ err: error }, "a CoAP request could not be answered");
      }
    });
  }

  /** Resolves with the port; 0 takes a free one. */
  async listen(port: number, host: string): Promise<number> {
    // A socket of our own: the library's would share a busy port with whoever has it, and would hide the acknowledgements.
    const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4" });
    socket.bind(port, host);
    await once(socket, "listening").catch((error) => {
      socket.close();
      throw error;
    });
    this.#socket = socket;
    socket.on("message", (datagram, { address, port: from }) => {
      const message = readEmptyMessage(datagram);
      if (message !== undefined) this.#observations.hear(clientName(address, from), message);
    });
    this.#server.listen(socket);
    return socket.address().port;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#uploads.close();
    // Datagrams leave on the next turn of the loop, the last words of observations among them.
    await new Promise<void>((resolve) => setImmediate(resolve));
    // Stops every repetition; what the library says after this is said to nobody.
    this.#server.close();
    socket.send = (() => undefined) as Socket["send"];
    socket.close();
    await once(socket, "close");
  }

  #answer(request: IncomingMessage, response: CoapResponse): void {
    const path = readCoapPath(request.url);
    if (path.kind === "provision" && request.method === "POST" && this.#options.provision !== undefined) {
      const { success, body } = this.#options.provision(request.payload.toString());
      respond(response, success ? "2.01" : "4.00", body);
      return;
    }
    const problem = problemOf(path, request);
    if (path.kind !== "feature" || problem !== undefined) {
      respond(response, problem as string);
      return;
    }
    // What is wrong with the request comes before who sent it.
    const device = path.token === undefined ? undefined : this.#options.registry.deviceOfToken(path.token);
    if (device === undefined) respond(response, "4.01");
    else if (request.method === "POST") {
      this.#uploads.answer({ path, device, body: request.payload.toString() }, response);
    } else if (path.feature === "attributes") answerNoAttributes(response);
    else if (response instanceof ObserveWriteStream) this.#observe(request, response, device);
    else {
      this.#observations.cancel(request);
      // The answer has the observation's token, so it is the observation's last message too.
      respond(response, "2.02");
    }
  }

  #observe(request: IncomingMessage, response: ObserveWriteStream, device: string): void {
    if (this.#options.limits.of(device).message()) this.#observations.begin(request, response, device);
    else {
      // Without an Observe option there is no observation (RFC 7641, 3.1).
      response.statusCode = OVER_LIMIT;
      response._doSend();
    }
  }
}

/** The code of a request that no device may make. Only attributes are read without observing them. */
function problemOf(path: CoapPath, { method, headers }: IncomingMessage): string | undefined {
  if (path.kind === "elsewhere") return "4.04";
  if (path.kind !== "feature") return "4.00";
  if (method === "POST") return undefined;
  if (method !== "GET") return "4.05";
  const observed = path.feature === "rpc" && headers.Observe !== undefined;
  return path.feature === "attributes" || observed ? undefined : "4.00";
}

/** Attributes are not kept: none is found, and an observation of them stays silent. */
function answerNoAttributes(response: CoapResponse): void {
  if (!(response instanceof ObserveWriteStream)) {
    respond(response, "4.04");
    return;
  }
  response.statusCode = "2.03";
  response.setOption("Observe", 0);
  response._doSend();
}
