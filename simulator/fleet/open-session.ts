/** The sessions of one thread's devices, each by the transport of its cohort, and what devices of a transport share. */
import type { DialectName } from "../../protocol/dialect.ts";
import { seedFrom } from "../../protocol/random.ts";
import type { OpenCarrier } from "../session/carrier.ts";
import { CoapEndpoint } from "../session/coap-endpoint.ts";
import { CoapSession } from "../session/coap-session.ts";
import { GatewayLink } from "../session/gateway-link.ts";
import { GatewaySession } from "../session/gateway-session.ts";
import { HttpPool } from "../session/http-pool.ts";
import { HttpSession } from "../session/http-session.ts";
import { type MqttIdentity, MqttSession, type MqttSessionOptions } from "../session/mqtt-session.ts";
import type { Session, SessionListener } from "../session/session.ts";
import { openTcp } from "../session/tcp-carrier.ts";
import { type TlsOptions, tlsCarrier } from "../session/tls-carrier.ts";
import { topicDialect } from "../session/topic-dialect.ts";
import { openWebSocket } from "../session/ws-carrier.ts";
import type { Endpoint, FleetPlan, ProvisionedDevice } from "./fleet-plan.ts";
import { type GatewayGroups, gatewayGroups, nameOf } from "./gateway-groups.ts";
import type { MqttTransport, PortName, Transport } from "./transport-form.ts";

/** Below the wall of 30 s (contract 4.7); Tempus lets a poll that has ended hang (contract 13.4), so there it does not end. */
const POLL_MS: Readonly<Record<DialectName, number>> = { "tb-v1": 20_000, "tb-v2": 20_000, tempus: 3_600_000 };
/** Devices that share a UDP socket: each uses its message ids, of which there are 65,536 for about a minute. */
const DEVICES_PER_SOCKET = 100;

export interface SessionPlace {
  readonly ordinal: number;
  readonly transport: Transport;
  /** Behind the device's own client id. */
  readonly clientIdSuffix: string;
}

export class SessionOpener {
  readonly #plan: FleetPlan;
  readonly #gateways: GatewayGroups;
  /** By transport and address. */
  readonly #mqtt = new Map<MqttTransport, Map<string, MqttSessionOptions>>();
  readonly #links = new Map<number, GatewayLink>();
  readonly #sockets = new Map<number, CoapEndpoint>();
  #pool: HttpPool | undefined;
  #tls: OpenCarrier | undefined;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    const range = { first: plan.firstOrdinal, devices: plan.devices.length };
    this.#gateways = gatewayGroups(plan.cohorts, seedFrom(plan.seed), range);
  }

  open({ ordinal, transport, clientIdSuffix }: SessionPlace, listener: SessionListener): Session {
    const index = ordinal - this.#plan.firstOrdinal;
    const device = this.#plan.devices[index] as ProvisionedDevice;
    switch (transport.kind) {
      case "mqtt":
        return new MqttSession(this.#mqttOptions(device, transport, ordinal), listener, ordinal, clientIdSuffix);
      case "http":
        return this.#openHttp(device, listener);
      case "coap":
        return new CoapSession({ endpoint: this.#socketOf(index), token: device.token }, listener);
      case "gateway":
        return this.#openChild(index, device, listener);
    }
  }

  /** Ends what the devices share, after the devices. */
  close(): void {
    for (const link of this.#links.values()) link.close();
    for (const socket of this.#sockets.values()) socket.close();
    this.#pool?.close();
  }

  /** Shared by all devices that reach the same address by the same transport, unless a device has a certificate of its own. */
  #mqttOptions({ credentials }: ProvisionedDevice, transport: MqttTransport, ordinal: number): MqttSessionOptions {
    const endpoint = this.#endpoint(transport.name, ordinal);
    const own = transport.certificate && credentials?.kind === "x509" ? credentials : undefined;
    if (own !== undefined) return this.#newMqttOptions(transport, endpoint, own);
    let ofTransport = this.#mqtt.get(transport);
    if (ofTransport === undefined) {
      ofTransport = new Map();
      this.#mqtt.set(transport, ofTransport);
    }
    let options = ofTransport.get(endpoint.host);
    if (options === undefined) {
      options = this.#newMqttOptions(transport, endpoint, undefined);
      ofTransport.set(endpoint.host, options);
    }
    return options;
  }

  #newMqttOptions(
    { level, topics, carrier, certificate }: MqttTransport,
    endpoint: Endpoint,
    own: TlsOptions["identity"],
  ): MqttSessionOptions {
    return {
      host: endpoint.host,
      port: endpoint.port,
      identify: (ordinal, clientIdSuffix) => this.#identify(ordinal, clientIdSuffix, certificate),
      clientCalls: this.#plan.clientCalls !== undefined,
      level,
      topics: topicDialect(topics),
      carry: this.#carrier(carrier, own),
    };
  }

  /** Who shows a certificate needs neither token nor password. */
  #identify(ordinal: number, clientIdSuffix: string, certificate: boolean): MqttIdentity {
    const { runTag, devices, firstOrdinal } = this.#plan;
    const { token, credentials } = devices[ordinal - firstOrdinal] as ProvisionedDevice;
    const basic = credentials?.kind === "mqtt_basic" ? credentials : undefined;
    const shown = certificate && credentials?.kind === "x509" ? { username: undefined, password: undefined } : basic;
    return {
      token,
      login: shown && { username: shown.username, password: shown.password },
      clientId: basic?.clientId ?? `rpcfleet-${runTag}-${ordinal}${clientIdSuffix}`,
    };
  }

  /** Devices without a certificate of their own share what TLS needs. */
  #carrier(carrier: MqttTransport["carrier"], identity: TlsOptions["identity"]): OpenCarrier {
    if (carrier === "tcp") return openTcp;
    if (carrier === "ws") return openWebSocket;
    const { ca } = this.#plan.endpoints;
    if (identity !== undefined) return tlsCarrier({ ca, identity });
    this.#tls ??= tlsCarrier({ ca, identity: undefined });
    return this.#tls;
  }

  #openHttp({ token }: ProvisionedDevice, listener: SessionListener): Session {
    const { endpoints, dialect } = this.#plan;
    if (endpoints.http === undefined) throw new Error("the plan names no HTTP endpoint");
    const url = new URL(endpoints.http);
    this.#pool ??= new HttpPool(url);
    return new HttpSession({ url, token, pollMs: POLL_MS[dialect], pool: this.#pool }, listener);
  }

  #openChild(index: number, device: ProvisionedDevice, listener: SessionListener): Session {
    const group = this.#gateways.groups[index] as number;
    const known = this.#links.get(group);
    const link = known ?? this.#openLink(group);
    return new GatewaySession({ link, name: nameOf(device), pings: known === undefined }, listener);
  }

  #openLink(group: number): GatewayLink {
    const gateway = this.#plan.gateways[group];
    if (gateway === undefined) throw new Error(`the plan has no device for gateway ${group}`);
    const { runTag, firstOrdinal, dialect } = this.#plan;
    const clientId = `rpcfleet-${runTag}-gateway-${firstOrdinal}-${group}`;
    const identify = (): MqttIdentity => ({ clientId, token: gateway.token });
    const options = { ...this.#endpoint("mqtt", group), identify, clientCalls: false };
    const link = new GatewayLink(options, dialect !== "tempus");
    this.#links.set(group, link);
    return link;
  }

  #socketOf(index: number): CoapEndpoint {
    const number = Math.floor(index / DEVICES_PER_SOCKET);
    const known = this.#sockets.get(number);
    if (known !== undefined) return known;
    const { host, port } = this.#endpoint("coap", number);
    const socket = new CoapEndpoint(host, port);
    this.#sockets.set(number, socket);
    return socket;
  }

  /** The address of this number, of those the server has. */
  #endpoint(name: Exclude<PortName, "http">, number: number): Endpoint {
    const endpoint = this.#plan.endpoints[name];
    if (endpoint === undefined) throw new Error(`the plan names no ${name} endpoint`);
    const { host, port, moreHosts = [] } = endpoint;
    const hosts = [host, ...moreHosts];
    return { host: hosts[number % hosts.length] as string, port };
  }
}
