/**
 * The device side: MQTT 3.1 and 3.1.1 on aedes, with the rules of contract section 6 (13.3 for Tempus). aedes does connections,
 * subscriptions and acknowledgements; it routes nothing (see no-routing.ts): a request goes straight to its one session.
 */
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type Client, type PublishPacket, type Subscription } from "aedes";
import type { Dialect } from "../../protocol/dialect.ts";
import { FILTERS, RPC_REQUEST_FILTER, readDevicePublish } from "../../protocol/topic.ts";
import type { LiveDriver } from "../driver.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { prepareConnect, refusalCode } from "./connect-rules.ts";
import { capSubscribeQos } from "./granted-qos.ts";
import { MqttLink } from "./mqtt-link.ts";
import { NO_ROUTER, noStorage } from "./no-routing.ts";
import type { SessionRegistry } from "./session-registry.ts";

export interface MqttOptions {
  readonly registry: DeviceRegistry;
  readonly dialect: Dialect;
  readonly drainTimeoutMs: number;
  readonly driver: Pick<LiveDriver, "reply" | "acknowledged">;
  readonly sessions: SessionRegistry;
  /** Packet ids go on beyond 65,535 (quirk packet-id-no-wrap). */
  readonly wrapsPacketIds: boolean;
}

interface OpenLink {
  readonly id: number;
  readonly device: string;
  readonly link: MqttLink;
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
  readonly #links = new Map<Client, OpenLink>();
  #clients = 0;
  #drained = 0;

  private constructor(options: MqttOptions, broker: Aedes) {
    this.#options = options;
    this.#broker = broker;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    broker.preConnect = (client, packet, done) => {
      const problem = prepareConnect(client, packet, `${this.#clients++}`);
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
      const open = this.#links.get(client);
      if (open !== undefined && filters.includes(RPC_REQUEST_FILTER)) options.sessions.unsubscribed(open.id);
    });
    // aedes has a drain guard of its own, for the acknowledgements it writes.
    broker.on("clientError", (_client, error) => {
      if (error.message === "drain timeout") this.#drained++;
    });
  }

  static async create(options: MqttOptions): Promise<MqttTransport> {
    let acknowledged = (_client: Client, _messageId: number): void => undefined;
    const broker = await Aedes.createBroker({
      mq: NO_ROUTER,
      persistence: noStorage((client, messageId) => acknowledged(client, messageId)),
      drainTimeout: options.drainTimeoutMs,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    const transport = new MqttTransport(options, broker);
    acknowledged = (client, messageId) => transport.#acknowledged(client, messageId);
    return transport;
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

  /** Clients disconnected because they left their socket full. */
  get drained(): number {
    return this.#drained;
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
    const link: MqttLink = new MqttLink({
      socket: client.conn as Socket,
      drainTimeoutMs: this.#options.drainTimeoutMs,
      wrapsPacketIds: this.#options.wrapsPacketIds,
      acknowledged: (requestId) => this.#options.driver.acknowledged(device, requestId),
      stalled: () => {
        this.#drained++;
        this.#end(client);
      },
      close: () => {
        this.#end(client);
        client.close();
      },
    });
    const id = this.#options.sessions.open(device, link);
    this.#links.set(client, { id, device, link });
    return undefined;
  }

  #end(client: Client): void {
    const open = this.#links.get(client);
    if (open === undefined) return;
    this.#links.delete(client);
    open.link.end();
    this.#options.sessions.ended(open.id);
  }

  #subscribed(client: Client, subscriptions: readonly Subscription[]): void {
    const open = this.#links.get(client);
    const rpc = subscriptions.find(({ topic }) => topic === RPC_REQUEST_FILTER);
    if (open === undefined || rpc === undefined) return;
    open.link.qos = rpc.qos === 0 && this.#options.dialect.name !== "tempus" ? 0 : 1;
    // Tempus ignores the PUBACK of a request and has no delivery timer (contract 13.3).
    const acks = open.link.qos === 1 && this.#options.dialect.name !== "tempus";
    this.#options.sessions.subscribed(open.id, { acks, oneShot: false });
  }

  #acknowledged(client: Client, messageId: number): void {
    this.#links.get(client)?.link.acknowledgedBy(messageId);
  }

  /** Deals with one PUBLISH of a device; an error closes its connection. */
  #receive(client: Client, packet: PublishPacket): Error | null {
    const open = this.#links.get(client);
    if (open === undefined) return new Error("no session");
    if ((packet.length ?? 0) > LARGEST_PACKET_BYTES) return new Error("packet too large");
    const publish = readDevicePublish(packet.topic);
    if (publish.kind === "bad_id") return new Error("bad request id");
    if (publish.kind === "unknown" && this.#options.dialect.name === "tempus") return new Error("unknown topic");
    if (packet.qos > 0) {
      // QoS 2 is answered with PUBACK too (contract 6.2). What has been acknowledged here is QoS 0 to aedes.
      open.link.acknowledge(packet.messageId as number);
      packet.qos = 0;
    }
    if (publish.kind === "rpc_response") {
      this.#options.driver.reply(open.device, publish.requestId, packet.payload.toString());
    }
    return null;
  }
}
