/**
 * How the devices of a cohort speak to the server, in its one short text form: `mqtt`, `mqtt(version=5, topics=v2/j)`,
 * `mqtts(auth=x509)`, `ws`, `http`, `coap`, `gateway(children=50)`. The same in scenario files, flags and reports.
 */
import type { TopicFamilyName } from "../../protocol/topic.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";

/** The protocol level of CONNECT: MQTT 3.1, 3.1.1 and 5. */
type MqttLevel = 3 | 4 | 5;
type MqttCarrier = "tcp" | "tls" | "ws";

export interface MqttTransport {
  readonly kind: "mqtt";
  readonly name: "mqtt" | "mqtts" | "ws";
  readonly carrier: MqttCarrier;
  readonly level: MqttLevel;
  readonly topics: TopicFamilyName;
  /** Whether each device shows a client certificate instead of an access token (contract 6.1). */
  readonly certificate: boolean;
}

interface GatewayTransport {
  readonly kind: "gateway";
  readonly name: "gateway";
  /** Devices behind one connection. */
  readonly children: number;
}

export type Transport =
  | MqttTransport
  | GatewayTransport
  | { readonly kind: "http"; readonly name: "http" }
  | { readonly kind: "coap"; readonly name: "coap" };

/** The words of the form. */
const TRANSPORT_NAMES = ["mqtt", "mqtts", "ws", "http", "coap", "gateway"] as const;
export type TransportName = (typeof TRANSPORT_NAMES)[number];

/** Those whose packets are MQTT's: topics, packet ids, retained messages, a stream of bytes. A gateway's devices share its packets. */
export const OF_MQTT: readonly TransportName[] = ["mqtt", "mqtts", "ws", "gateway"];
/** Those whose devices connect by MQTT themselves. */
export const OWN_MQTT: readonly TransportName[] = ["mqtt", "mqtts", "ws"];
/** Those whose devices have a session of their own: credentials, a subscription, a place beside another session of theirs. */
export const OWN_SESSION: readonly TransportName[] = ["mqtt", "mqtts", "ws", "http", "coap"];
/** Those whose devices acknowledge a request. */
export const WITH_ACKNOWLEDGEMENTS: readonly TransportName[] = ["mqtt", "mqtts", "ws", "coap", "gateway"];

/** What a server has to listen on, each a port of its own. */
export type PortName = "mqtt" | "mqtts" | "ws" | "http" | "coap";

const CARRIERS = { mqtt: "tcp", mqtts: "tls", ws: "ws" } as const;
const LEVELS = ["3", "4", "5"] as const;
const TOPICS = ["v1", "v2", "v2/j", "v2/p"] as const;
const CHILDREN = 50;
const MOST_CHILDREN = 10_000;

/** Reads a form; a problem names everything that is wrong with it. */
export function parseTransport(text: string): Transport | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const name = TRANSPORT_NAMES.find((each) => each === form.name);
  if (name === undefined) {
    return problem(`unknown transport "${form.name}", expected one of ${TRANSPORT_NAMES.join(", ")}`);
  }
  const reader = new FormReader(form);
  const transport = readTransport(name, reader);
  return reader.problems.length > 0 ? problem(reader.problems.join("; ")) : transport;
}

function readTransport(name: TransportName, reader: FormReader): Transport {
  if (name === "http" || name === "coap") {
    reader.finish([]);
    return name === "http" ? { kind: "http", name } : { kind: "coap", name };
  }
  if (name === "gateway") {
    const children = reader.count("children", 0, { fallback: CHILDREN, least: 1, most: MOST_CHILDREN });
    reader.finish(["children"]);
    return { kind: "gateway", name, children };
  }
  const level = Number(reader.choice("version", LEVELS, "4")) as MqttLevel;
  const topics = reader.choice("topics", TOPICS, "v1");
  const certificate = name === "mqtts" && reader.choice("auth", ["token", "x509"], "token") === "x509";
  reader.finish(name === "mqtts" ? ["version", "topics", "auth"] : ["version", "topics"]);
  return { kind: "mqtt", name, carrier: CARRIERS[name], level, topics, certificate };
}

/** The port a transport needs of its server. */
export function portOf(transport: Transport): PortName {
  return transport.name === "gateway" ? "mqtt" : transport.name;
}
