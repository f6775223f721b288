/**
 * The device side: MQTT 3.1 and 3.1.1 on aedes, with the rules of contract section 6 (13.3 for Tempus). aedes does connections,
 * subscriptions and acknowledgements; it routes nothing (see no-routing.ts): a request goes straight to its one session.
 */
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type Client, type PublishPacket, type Subscription } from "aedes";
import type { Dialect } from "../../protocol/dialect.ts";
import { FILTERS, RPC_REQUEST_FILTER, readDevicePublish } from "../../protocol/topic.ts";
import type { DeliverEffect } from "../driver.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { prepareConnect, refusalCode } from "./connect-rules.ts";
import { capSubscribeQos } from "./granted-qos.ts";
import { NO_ROUTER, NO_STORAGE } from "./no-routing.ts";
import { Session } from "./session.ts";

export interface MqttOptions {
  readonly registry: DeviceRegistry;
  readonly dialect: Dialect;
  readonly drainTimeoutMs: number;
  readonly reply: (device: string, requestId: number, payload: string) => void;
  readonly session: (kind: "subscribed" | "unsubscribed" | "offline", device: string, session: number) => void;
}

/** `transport.mqtt.netty.max_payload_size` (contract 6.2): a longer packet closes the connection. */
const LARGEST_PACKET_BYTES = 65_536;
/** `transport.sessions.inactivity_timeout`; keep-alive itself is not enforced (contract 6.2). */
const INACTIVITY_TIMEOUT_MS = 600_000;
/** An MQTT client that connects slowly is given this long. */
const CONNECT_TIMEOUT_MS = 30_000;

export class MqttTransport {
  readonly #options: MqttOptions;
  readonly #broker: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<number, Session>();
  readonly #sessionOfClient = new Map<Client, Session>();
  readonly #clientOfDevice = new Map<string, Client>();
  #nextSession = 1;
  #drained = 0;

  private constructor(options: MqttOptions, broker: Aedes) {
    this.#options = options;
    this.#broker = broker;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    broker.preConnect = (client, packet, done) => {
      const problem = prepareConnect(client, packet, `${this.#nextSession++}`);
      done(problem ?? null, problem === undefined);
    };
    broker.authenticate = (client, username, password, done) => {
      const code = this.#authenticate(client, username, password !== undefined);
      if (code === undefined) done(null, true);
      else done(Object.assign(new Error("connection refused"), { returnCode: code }), false);
    };
    broker.authorizeSubscribe = (_client, subscription, done) => {
      done(null, FILTERS.has(subscription.topic) ? subscription : null);
    };
    broker.authorizePublish = (client, packet, done) => done(client === null ? null : this.#receive(client, packet));
    // Whatever was to be routed has been dealt with in authorizePublish; answering on the next tick keeps the parser's own order.
    broker.publish = (_packet: unknown, client: unknown, done?: () => void) => {
      const finished = (typeof client === "function" ? client : done) as (() => void) | undefined;
      if (finished !== undefined) process.nextTick(finished);
    };
    broker.on("subscribe", (subscriptions, client) => this.#subscribed(client, subscriptions));
    broker.on("unsubscribe", (filters, client) => {
      const session = this.#sessionOfClient.get(client);
      if (session !== undefined && filters.includes(RPC_REQUEST_FILTER)) {
        options.session("unsubscribed", session.device, session.id);
      }
    });
    // aedes has a drain guard of its own, for the acknowledgements it writes.
    broker.on("clientError", (_client, error) => {
      if (error.message === "drain timeout") this.#drained++;
    });
  }

  static async create(options: MqttOptions): Promise<MqttTransport> {
    const broker = await Aedes.createBroker({
      mq: NO_ROUTER,
      persistence: NO_STORAGE,
      drainTimeout: options.drainTimeoutMs,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    return new MqttTransport(options, broker);
  }

  /** Takes the port. Rejects with the socket's own error. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port, host, backlog: 4_096 }, () => {
        this.#server.off("error", reject);
        resolve((this.#server.address() as { port: number }).port);
      });
    });
  }

  /** Sessions of authenticated devices. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Clients disconnected because they left their socket full. */
  get drained(): number {
    return this.#drained;
  }

  isConnected(device: string): boolean {
    return this.#clientOfDevice.has(device);
  }

  deliver(effect: DeliverEffect): void {
    this.#sessions.get(effect.session)?.deliver(effect);
  }

  /** Closes a device's connection, if it has one. */
  disconnect(device: string): void {
    const client = this.#clientOfDevice.get(device);
    if (client === undefined) return;
    this.#end(client);
    client.close();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await new Promise<void>((resolve) => this.#broker.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const client = this.#broker.handle(socket);
    capSubscribeQos(client);
    socket.setTimeout(INACTIVITY_TIMEOUT_MS, () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#end(client);
    });
  }

  /** Opens the device's session, or returns the CONNACK code of the refusal. */
  #authenticate(client: Client, username: string | undefined, hasPassword: boolean): number | undefined {
    const device = username === undefined ? undefined : this.#options.registry.deviceOfToken(username);
    if (device === undefined) return refusalCode(client, { username, hasPassword, dialect: this.#options.dialect });
    this.disconnect(device);
    const session = new Session({
      id: this.#nextSession++,
      device,
      socket: client.conn as Socket,
      drainTimeoutMs: this.#options.drainTimeoutMs,
      stalled: () => {
        this.#drained++;
        this.#end(client);
      },
    });
    this.#sessions.set(session.id, session);
    this.#sessionOfClient.set(client, session);
    this.#clientOfDevice.set(device, client);
    return undefined;
  }

  #end(client: Client): void {
    const session = this.#sessionOfClient.get(client);
    if (session === undefined) return;
    this.#sessionOfClient.delete(client);
    this.#sessions.delete(session.id);
    if (this.#clientOfDevice.get(session.device) === client) this.#clientOfDevice.delete(session.device);
    session.end();
    this.#options.session("offline", session.device, session.id);
  }

  #subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    const session = this.#sessionOfClient.get(client);
    const rpc = subscriptions.find(({ topic }) => topic === RPC_REQUEST_FILTER);
    if (session === undefined || rpc === undefined) return;
    session.qos = rpc.qos === 0 && this.#options.dialect.name !== "tempus" ? 0 : 1;
    this.#options.session("subscribed", session.device, session.id);
  }

  /** Deals with one PUBLISH of a device; an error closes its connection. */
  #receive(client: Client, packet: PublishPacket): Error | null {
    const session = this.#sessionOfClient.get(client);
    if (session === undefined) return new Error("no session");
    if ((packet.length ?? 0) > LARGEST_PACKET_BYTES) return new Error("packet too large");
    const publish = readDevicePublish(packet.topic);
    if (publish.kind === "bad_id") return new Error("bad request id");
    if (publish.kind === "unknown" && this.#options.dialect.name === "tempus") return new Error("unknown topic");
    if (packet.qos > 0) {
      // QoS 2 is answered with PUBACK too (contract 6.2). What has been acknowledged here is QoS 0 to aedes.
      session.acknowledge(packet.messageId as number);
      packet.qos = 0;
    }
    if (publish.kind === "rpc_response") {
      this.#options.reply(session.device, publish.requestId, packet.payload.toString());
    }
    return null;
  }
}
