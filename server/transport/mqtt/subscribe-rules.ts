/**
 * SUBSCRIBE and UNSUBSCRIBE of MQTT 3.x are made fit for aedes as they leave the parser: aedes writes the requested QoS into the
 * SUBACK before any of its hooks can lower it to 1 (contract 6.2), and closes the connection for a filter that MQTT forbids instead
 * of refusing that filter alone (6.3). This leans on a private field of aedes 1.2; the tests of both fail when another version has
 * none.
 */
import type { Client } from "aedes";
import type { Packet, Parser } from "mqtt-packet";
import { FILTERS } from "../../../protocol/topic.ts";
import { PROVISION_RESPONSE_TOPIC } from "./provision-session.ts";

/** Refused like any filter that is not on the list, and lawful. */
const REFUSED_PREFIX = "refused/";

export function parserOf(client: Client): Parser {
  return (client as Client & { readonly _parser: Parser })._parser;
}

export function fitSubscriptions(parser: Parser): void {
  parser.prependListener("packet", (packet: Packet) => {
    if (packet.cmd === "subscribe") {
      packet.subscriptions.forEach((subscription, index) => {
        if (subscription.qos === 2) subscription.qos = 1;
        if (!isFilter(subscription.topic)) subscription.topic = `${REFUSED_PREFIX}${index}`;
      });
    } else if (packet.cmd === "unsubscribe") {
      packet.unsubscriptions = packet.unsubscriptions.filter(isFilter);
    }
  });
}

/** Which of them a connection may use is its session's to say. */
function isFilter(filter: string): boolean {
  return FILTERS.has(filter) || filter === PROVISION_RESPONSE_TOPIC;
}
