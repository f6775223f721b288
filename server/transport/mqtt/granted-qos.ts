/**
 * Subscriptions are granted min(requested, 1) (contract 6.2). aedes writes the requested QoS into the SUBACK before any of its
 * hooks can lower it, so the packet is changed as it leaves the parser. This leans on a private field of aedes 1.2; the test of
 * the granted QoS fails when another version has none.
 */
import type { EventEmitter } from "node:events";
import type { Client } from "aedes";
import type { Packet } from "mqtt-packet";

export function capSubscribeQos(client: Client): void {
  const parser = (client as Client & { readonly _parser: EventEmitter })._parser;
  parser.prependListener("packet", (packet: Packet) => {
    if (packet.cmd !== "subscribe") return;
    for (const subscription of packet.subscriptions) if (subscription.qos === 2) subscription.qos = 1;
  });
}
