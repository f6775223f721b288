/**
 * MQTT 3.1 and 3.1.1 on aedes, with the rules of contract section 6 (13.3 for Tempus). aedes does connections, subscriptions and
 * acknowledgements; it routes nothing (see no-routing.ts): a request goes straight to its one session.
 */
import { Aedes, type Client, type ConnectPacket, type PublishPacket } from "aedes";
import type { IConnectPacket } from "mqtt-packet";
import { admit } from "./admit.ts";
import { type Arrival, endAfterWrites } from "./arrival.ts";
import { givenBy, isClientIdUsable, refusedConnack, sessionPresent } from "./connect-rules.ts";
import type { GivenCredentials } from "./credentials.ts";
import type { MqttSession } from "./device-session.ts";
import { MqttLink } from "./mqtt-link.ts";
import { CONNECT_TIMEOUT_MS, LARGEST_EARLY_QUEUE, type MqttOptions } from "./mqtt-options.ts";
import { NO_ROUTER, noStorage } from "./no-routing.ts";
import { refuseLongPackets } from "./packet-length.ts";
import { fitSubscriptions, parserOf } from "./subscribe-rules.ts";
import { ANSWERS_3, type Answer3 } from "./verdict-codes.ts";

interface Connection {
  readonly arrival: Arrival;
  given: GivenCredentials | undefined;
  sessionPresent: boolean;
  open: { readonly session: MqttSession; readonly link: MqttLink } | undefined;
}

const CLOSED: Answer3 = { acknowledges: false, closes: true };

export class Mqtt3 {
  readonly #options: MqttOptions;
  readonly #broker: Aedes;
  readonly #connections = new Map<Client, Connection>();
  readonly #unknownTopic: Answer3;
  readonly #stalled: () => void;
  #clients = 0;

  private constructor(options: MqttOptions, stalled: () => void, broker: Aedes) {
    this.#options = options;
    this.#stalled = stalled;
    this.#broker = broker;
    this.#unknownTopic = options.dialect.name === "tempus" ? CLOSED : ANSWERS_3.unknown_topic;
    broker.preConnect = (client, packet, done) => {
      const problem = this.#prepare(client, packet);
      done(problem ?? null, problem === undefined);
    };
    broker.authenticate = (client, _username, _password, done) => {
      if (this.#authenticate(client)) done(null, true);
    };
    broker.authorizeSubscribe = (client, subscription, done) => {
      const granted = this.#session(client)?.grant(subscription.topic, subscription.qos);
      done(null, granted === undefined ? null : subscription);
    };
    broker.authorizePublish = (client, packet, done) => done(client === null ? null : this.#receive(client, packet));
    // Whatever was to be routed has been dealt with in authorizePublish; answering on the next tick keeps the parser's own order.
    broker.publish = (_packet: unknown, client: unknown, done?: () => void) => {
      const finished = (typeof client === "function" ? client : done) as (() => void) | undefined;
      if (finished !== undefined) process.nextTick(finished);
    };
    broker.on("subscribe", (subscriptions, client) => {
      for (const { topic } of subscriptions) this.#session(client)?.subscribed(topic);
    });
    broker.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#session(client)?.unsubscribe(filter);
    });
    // aedes has a drain guard of its own, for the acknowledgements it writes.
    broker.on("clientError", (_client, error) => {
      if (error.message === "drain timeout") stalled();
    });
  }

  /** `stalled`: a client was disconnected because it left its socket full. */
  static async create(options: MqttOptions, stalled: () => void): Promise<Mqtt3> {
    let acknowledged = (_client: Client, _messageId: number): void => undefined;
    const broker = await Aedes.createBroker({
      mq: NO_ROUTER,
      persistence: noStorage((client, messageId) => acknowledged(client, messageId)),
      drainTimeout: options.drainTimeoutMs,
      connectTimeout: CONNECT_TIMEOUT_MS,
      queueLimit: LARGEST_EARLY_QUEUE,
    });
    const mqtt3 = new Mqtt3(options, stalled, broker);
    acknowledged = (client, messageId) => mqtt3.#connections.get(client)?.open?.link.acknowledgedBy(messageId);
    return mqtt3;
  }

  /** Takes over a connection whose CONNECT is next on its stream. */
  handle(arrival: Arrival): void {
    const client = this.#broker.handle(arrival.stream);
    const parser = parserOf(client);
    refuseLongPackets(parser, () => {
      this.#end(client);
      endAfterWrites(arrival.stream);
    });
    fitSubscriptions(parser);
    this.#connections.set(client, { arrival, given: undefined, sessionPresent: false, open: undefined });
    arrival.stream.once("close", () => {
      this.#end(client);
      this.#connections.delete(client);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#broker.close(resolve));
  }

  #session(client: Client): MqttSession | undefined {
    return this.#connections.get(client)?.open?.session;
  }

  /**
   * Makes a CONNECT fit the contract before aedes sees it: the client id is free, so it is replaced by a unique one and never
   * evicts another device; wills are ignored, keep-alive is not enforced. aedes believes in a session that was kept (see
   * no-routing.ts) when CONNACK is to say so. An error closes the connection without CONNACK.
   */
  #prepare(client: Client, packet: ConnectPacket): Error | undefined {
    const connection = this.#connections.get(client);
    if (connection === undefined) return new Error("the connection is over");
    const connect = packet as IConnectPacket;
    if (!isClientIdUsable(connect)) return new Error("client id must have 1 to 23 characters in MQTT 3.1");
    connection.given = givenBy(connect, connection.arrival.certificate);
    connection.sessionPresent = sessionPresent(this.#options.dialect, connect);
    connect.clientId = `${this.#clients++}`;
    connect.clean = !connection.sessionPresent;
    connect.keepalive = 0;
    delete connect.will;
    return undefined;
  }

  /** Opens the session, or refuses it: aedes would write a CONNACK of its own, so it hears nothing more. */
  #authenticate(client: Client): boolean {
    const connection = this.#connections.get(client);
    if (connection?.given === undefined) return false;
    const { arrival, given } = connection;
    const found = admit(given, this.#options);
    if ("refusal" in found) {
      arrival.stream.write(refusedConnack(this.#options.dialect, found.refusal, given, connection.sessionPresent));
      endAfterWrites(arrival.stream);
      return false;
    }
    const link: MqttLink = new MqttLink({
      ...this.#options,
      stream: arrival.stream,
      hasProperties: false,
      largestPacketBytes: Number.POSITIVE_INFINITY,
      acknowledged: found.acknowledged,
      stalled: () => {
        this.#stalled();
        this.#end(client);
      },
      close: () => {
        this.#end(client);
        client.close();
      },
    });
    connection.open = { session: found.open(link), link };
    connection.given = undefined;
    return true;
  }

  #end(client: Client): void {
    const connection = this.#connections.get(client);
    connection?.open?.session.end();
    if (connection !== undefined) connection.open = undefined;
  }

  /** Deals with one PUBLISH of a device; an error closes its connection. */
  #receive(client: Client, packet: PublishPacket): Error | null {
    const open = this.#connections.get(client)?.open;
    if (open === undefined) return new Error("no session");
    const messageId = packet.messageId as number;
    if (packet.qos > 0 && !(messageId > 0)) return new Error("no packet id");
    const verdict = open.session.receive(packet.topic, packet.payload as Buffer);
    const answer = verdict === "unknown_topic" ? this.#unknownTopic : ANSWERS_3[verdict];
    // QoS 2 is answered with PUBACK too (contract 6.2). What has been acknowledged here is QoS 0 to aedes.
    if (packet.qos > 0 && answer.acknowledges) open.link.acknowledge(messageId);
    packet.qos = 0;
    open.session.release();
    if (!answer.closes) return null;
    open.link.flush();
    return new Error(`a publish was ${verdict}`);
  }
}
