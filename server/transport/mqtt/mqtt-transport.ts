/**
 * The device side: MQTT 3.1, 3.1.1 and 5 on the same ports (contract 6.1), over TCP, TLS and WebSocket. Each connection is read as
 * far as its protocol version and then handed to what speaks it.
 */
import { createHash } from "node:crypto";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { type Arrival, peekVersion } from "./arrival.ts";
import { InactivityWatch } from "./inactivity.ts";
import { CONNECT_TIMEOUT_MS, type MqttOptions } from "./mqtt-options.ts";
import { Mqtt3 } from "./mqtt3.ts";
import { Mqtt5Connection } from "./mqtt5.ts";
import { DISCONNECT, DISCONNECT_OF_CLOSE } from "./mqtt5-codes.ts";

/** PEM texts. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** Authorities of client certificates, named to the client; any other certificate is taken too. */
  readonly ca: string | undefined;
}

const BACKLOG = 4_096;
/** The second is what clients of MQTT 3.1 call it. */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];
const LARGEST_FRAME_BYTES = 1_048_576;
const NOT_A_WEB_SOCKET = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

export class MqttTransport {
  readonly #options: MqttOptions;
  readonly #mqtt3: Mqtt3;
  readonly #inactivity: InactivityWatch;
  readonly #servers: (Server | HttpServer)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #version5 = new Set<Mqtt5Connection>();
  #drained = 0;

  private constructor(options: MqttOptions, mqtt3: Mqtt3) {
    this.#options = options;
    this.#mqtt3 = mqtt3;
    this.#inactivity = new InactivityWatch(options.inactivityTimeoutMs, () => performance.now());
  }

  static async create(options: MqttOptions): Promise<MqttTransport> {
    let stalled = (): void => undefined;
    const mqtt3 = await Mqtt3.create(options, () => stalled());
    const transport = new MqttTransport(options, mqtt3);
    stalled = transport.#stalled;
    return transport;
  }

  /** Takes the port. Rejects with the socket's own error; so do the other two. */
  listen(port: number, host: string): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#track(socket);
      this.#accept({ stream: socket, socket, certificate: undefined });
    });
    return this.#listen(server, port, host);
  }

  /** Rejects for files that are no key and certificate, too. */
  async listenTls(port: number, host: string, { key, cert, ca }: TlsFiles): Promise<number> {
    const server = createTlsServer({
      key,
      cert,
      ...(ca === undefined ? {} : { ca }),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
    });
    server.on("connection", (socket: Socket) => this.#track(socket));
    server.on("secureConnection", (socket) => {
      this.#accept({ stream: socket, socket, certificate: certificateHash(socket) });
    });
    return await this.#listen(server, port, host);
  }

  listenWebSocket(port: number, host: string): Promise<number> {
    const server = createHttpServer({ noDelay: true }, (_request, response) => response.writeHead(400).end());
    const webSockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_FRAME_BYTES, handleProtocols });
    server.on("connection", (socket: Socket) => this.#track(socket));
    server.on("upgrade", (request, socket, head) => {
      const offered = (request.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
      if (!SUBPROTOCOLS.some((name) => offered.includes(name))) {
        socket.end(NOT_A_WEB_SOCKET);
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const stream = createWebSocketStream(webSocket);
        this.#accept({ stream, socket: socket as Socket, certificate: undefined });
      });
    });
    return this.#listen(server, port, host);
  }

  /** Clients disconnected because they left their socket full. */
  get drained(): number {
    return this.#drained;
  }

  async close(): Promise<void> {
    this.#inactivity.close();
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.#version5) connection.disconnect(DISCONNECT_OF_CLOSE.shutting_down);
    await this.#mqtt3.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  readonly #stalled = (): void => {
    this.#drained++;
  };

  #listen(server: Server | HttpServer, port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog: BACKLOG }, () => {
        server.off("error", reject);
        this.#servers.push(server);
        resolve((server.address() as { port: number }).port);
      });
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #accept(arrival: Arrival): void {
    const { stream } = arrival;
    stream.on("error", () => {});
    const timer = setTimeout(() => stream.destroy(), CONNECT_TIMEOUT_MS);
    const closedEarly = (): void => clearTimeout(timer);
    stream.once("close", closedEarly);
    peekVersion(stream, (version) => {
      clearTimeout(timer);
      stream.off("close", closedEarly);
      if (version === "invalid") stream.destroy();
      // Tempus knows no MQTT 5; aedes refuses it with CONNACK 1, as for any version it does not know.
      else if (version === 5 && this.#options.dialect.name !== "tempus") this.#accept5(arrival);
      else this.#accept3(arrival);
    });
  }

  #accept3(arrival: Arrival): void {
    this.#mqtt3.handle(arrival);
    this.#watch(arrival, () => arrival.stream.destroy());
  }

  #accept5(arrival: Arrival): void {
    const connection = new Mqtt5Connection(arrival, this.#options, this.#stalled);
    this.#version5.add(connection);
    arrival.stream.once("close", () => this.#version5.delete(connection));
    this.#watch(arrival, () => connection.disconnect(DISCONNECT.inactive));
  }

  #watch({ stream, socket }: Arrival, expire: () => void): void {
    this.#inactivity.add(socket, expire);
    stream.once("close", () => this.#inactivity.delete(socket));
  }
}

function handleProtocols(offered: Set<string>): string | false {
  return SUBPROTOCOLS.find((name) => offered.has(name)) ?? false;
}

/** SHA3-256 of the PEM text without its first and last line and without newlines, as ThingsBoard hashes it (contract 6.1). */
function certificateHash(socket: TLSSocket): string | undefined {
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : createHash("sha3-256").update(raw.toString("base64")).digest("hex");
}
