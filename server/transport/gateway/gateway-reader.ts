/** The gateway MQTT API: what arrives on `v1/gateway/...` (contract section 8). */
import type { Logger } from "pino";
import type { Dialect } from "../../../protocol/dialect.ts";
import type { LiveDriver } from "../../driver.ts";
import type { DeviceConnection, DevicePublication, PublishReader, PublishVerdict } from "../device-publish.ts";
import type { MessageLimits } from "../message-limits.ts";
import type { SessionRegistry } from "../session-registry.ts";
import { GatewayConnection } from "./gateway-connection.ts";
import type { GatewayDevices } from "./gateway-devices.ts";
import {
  DEFAULT_TYPE,
  encodeNoAttributes,
  encodeOverLimitNotice,
  GATEWAY_ATTRIBUTES_RESPONSE_TOPIC,
  GATEWAY_DISCONNECT_TOPIC,
  type GatewayMessage,
  isGatewayTopic,
  readGatewayMessage,
} from "./gateway-message.ts";

export interface GatewayReaderOptions {
  readonly devices: GatewayDevices;
  readonly sessions: SessionRegistry;
  readonly driver: Pick<LiveDriver, "reply">;
  readonly limits: Pick<MessageLimits, "behind">;
  readonly dialect: Dialect;
  readonly logger: Logger;
}

export class GatewayReader implements PublishReader {
  readonly #options: GatewayReaderOptions;
  /** Undefined for a device that was no gateway when it was first asked: what changes later counts from its next connection. */
  readonly #gateways = new Map<DeviceConnection, GatewayConnection | undefined>();

  constructor(options: GatewayReaderOptions) {
    this.#options = options;
  }

  read(connection: DeviceConnection, { topic, payload }: DevicePublication): PublishVerdict | undefined {
    if (!isGatewayTopic(topic)) return undefined;
    const gateway = this.#gatewayOf(connection);
    if (gateway === undefined) return "dropped";
    const tempus = this.#options.dialect.name === "tempus";
    const message = readGatewayMessage(topic, payload, tempus);
    if (message === undefined) return "unknown_topic";
    if (message.kind !== "malformed" && message.kind !== "wrong_shape")
      return this.#apply(connection, gateway, message);
    if (!tempus) return message.kind;
    // A bad payload of a gateway is only logged there (contract 13.3).
    this.#options.logger.warn({ topic, gateway: connection.device }, "a gateway's message could not be read");
    return "accepted";
  }

  ended(connection: DeviceConnection): void {
    this.#gateways.get(connection)?.disconnectAll();
    this.#gateways.delete(connection);
  }

  #gatewayOf(connection: DeviceConnection): GatewayConnection | undefined {
    if (this.#gateways.has(connection)) return this.#gateways.get(connection);
    const { devices, sessions, limits } = this.#options;
    const gateway = devices.isGateway(connection.device)
      ? new GatewayConnection({ connection, devices, sessions, meter: limits.behind(connection.device) })
      : undefined;
    this.#gateways.set(connection, gateway);
    return gateway;
  }

  /** Whatever names a device connects it, except taking leave. */
  #apply(connection: DeviceConnection, gateway: GatewayConnection, message: GatewayMessage): PublishVerdict {
    if (message.kind === "disconnect") {
      gateway.disconnect(message.device);
      return "accepted";
    }
    if (message.kind === "data") return this.#takeData(connection, gateway, message.devices);
    const type = message.kind === "connect" ? message.type : DEFAULT_TYPE;
    const opened = gateway.connect(message.device, type);
    if (opened === "failed") return "failed";
    const taken = opened !== "sub_device_over_limit" && (message.kind === "connect" || gateway.meter.message());
    if (!taken) return giveUp(connection, message.device);
    if (message.kind === "reply") this.#options.driver.reply(opened.device, message.requestId, message.payload);
    if (message.kind === "attribute_request") {
      const answer = encodeNoAttributes(message.device, message.requestId);
      // Not before the PUBACK, which is written when this has returned.
      queueMicrotask(() => connection.publish(GATEWAY_ATTRIBUTES_RESPONSE_TOPIC, answer));
    }
    return "accepted";
  }

  #takeData(connection: DeviceConnection, gateway: GatewayConnection, names: readonly string[]): PublishVerdict {
    let verdict: PublishVerdict = "accepted";
    for (const name of names) {
      const opened = gateway.connect(name, DEFAULT_TYPE);
      if (opened === "failed") verdict = "failed";
      else if (opened === "sub_device_over_limit" || !gateway.meter.telemetry()) return giveUp(connection, name);
    }
    return verdict;
  }
}

/** The notice follows the PUBACK and comes before the end of the connection: in the original it may be lost (contract 8.3). */
function giveUp(connection: DeviceConnection, name: string): PublishVerdict {
  if (connection.takesNotices) connection.publish(GATEWAY_DISCONNECT_TOPIC, encodeOverLimitNotice(name));
  return "sub_device_over_limit";
}
