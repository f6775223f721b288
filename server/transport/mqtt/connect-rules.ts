/** What a CONNECT must look like and how it is refused (contract 6.1, 6.2; 13.3 for Tempus). */
import type { Client } from "aedes";
import type { IConnectPacket } from "mqtt-packet";
import type { Dialect } from "../../protocol/dialect.ts";

const LONGEST_ID_OF_MQTT_3_1 = 23;
const IDENTIFIER_REJECTED = 2;
const BAD_USER_NAME = 4;
const NOT_AUTHORIZED = 5;

/** Client ids as they were sent, for the one refusal that depends on them. */
const sentIds = new WeakMap<Client, string>();

/**
 * Makes a CONNECT fit the contract before aedes sees it: the client id is free, so it is replaced by a unique one and never evicts
 * another device; sessions are clean, wills ignored, keep-alive not enforced. An error closes the connection without CONNACK.
 */
export function prepareConnect(client: Client, packet: IConnectPacket, uniqueId: string): Error | undefined {
  const sent = packet.clientId;
  if (packet.protocolVersion === 3 && (sent.length === 0 || sent.length > LONGEST_ID_OF_MQTT_3_1)) {
    return new Error("client id must have 1 to 23 characters in MQTT 3.1");
  }
  sentIds.set(client, sent);
  packet.clientId = uniqueId;
  packet.clean = true;
  packet.keepalive = 0;
  delete packet.will;
  return undefined;
}

export interface RefusedCredentials {
  readonly username: string | undefined;
  readonly hasPassword: boolean;
  readonly dialect: Dialect;
}

/** CONNACK code for credentials that name no device. */
export function refusalCode(client: Client, { username, hasPassword, dialect }: RefusedCredentials): number {
  if (dialect.name === "tempus") return username === undefined || username === "" ? BAD_USER_NAME : NOT_AUTHORIZED;
  const onlyClientId = username === undefined && !hasPassword && (sentIds.get(client) ?? "") !== "";
  return onlyClientId ? IDENTIFIER_REJECTED : NOT_AUTHORIZED;
}
