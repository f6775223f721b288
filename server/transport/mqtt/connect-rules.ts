/** What a CONNECT must look like and how it is refused (contract 6.1, 6.2; 13.3 for Tempus). */
import type { IConnectPacket } from "mqtt-packet";
import type { Dialect } from "../../../protocol/dialect.ts";
import type { GivenCredentials, Refusal } from "./credentials.ts";

const LONGEST_ID_OF_MQTT_3_1 = 23;
const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

/** CONNACK codes of MQTT 3.1 and 3.1.1. */
const CODES_3: Readonly<Record<Refusal, number>> = {
  unknown_user: NOT_AUTHORIZED,
  unknown_client_id: 2,
  nothing_given: NOT_AUTHORIZED,
  unknown_certificate: NOT_AUTHORIZED,
  over_limit: SERVER_UNAVAILABLE,
};
const TEMPUS_EMPTY_USER_NAME = 4;

/** CONNACK codes of MQTT 5. */
export const REFUSAL_CODES_5: Readonly<Record<Refusal, number>> = {
  unknown_user: 0x86,
  unknown_client_id: 0x85,
  nothing_given: 0x87,
  unknown_certificate: 0x87,
  over_limit: 0x9f,
};

/** DISCONNECT code after that CONNACK: the same, but for one. */
export const DISCONNECT_OF_REFUSAL: Readonly<Record<Refusal, number>> = { ...REFUSAL_CODES_5, over_limit: 0x96 };

const CONNACK = 0x20;

/** What the client gave, from its CONNECT as it was sent. */
export function givenBy(packet: IConnectPacket, certificate: string | undefined): GivenCredentials {
  const { clientId, username, password } = packet;
  return { clientId, username, password: password?.toString(), certificate };
}

/** In MQTT 3.1 a client id that is empty or too long closes the connection without CONNACK. */
export function isClientIdUsable({ protocolVersion, clientId }: IConnectPacket): boolean {
  return protocolVersion !== 3 || (clientId.length > 0 && clientId.length <= LONGEST_ID_OF_MQTT_3_1);
}

/** "Session present" says nothing about a session: none is ever kept. */
export function sessionPresent(dialect: Dialect, { clean }: Pick<IConnectPacket, "clean">): boolean {
  return dialect.name === "tempus" || clean === false;
}

/** The CONNACK of MQTT 3.x for a refusal; session-present is set on failure too. */
export function refusedConnack(dialect: Dialect, refusal: Refusal, given: GivenCredentials, present: boolean): Buffer {
  const empty = given.username === undefined || given.username === "";
  const code =
    dialect.name !== "tempus" || refusal === "over_limit"
      ? CODES_3[refusal]
      : empty && refusal !== "unknown_certificate"
        ? TEMPUS_EMPTY_USER_NAME
        : NOT_AUTHORIZED;
  return Buffer.from([CONNACK, 2, present ? 1 : 0, code]);
}
