/** The gateway MQTT API: what arrives on `v1/gateway/...` (contract section 8). */
import type { Logger } from "pino";
import type { Dialect } from "../../../protocol/dialect.ts";
import type { LiveDriver } from "../../driver.ts";
import type { DeviceConnection, DevicePublication, PublishReader, PublishVerdict } from "../device-publish.ts";
import type { SessionRegistry } from "../session-registry.ts";
import { GatewayConnection } from "./gateway-connection.ts";
import type { GatewayDevices } from "./gateway-devices.ts";
import {
  DEFAULT_TYPE,
  encodeNoAttributes,
  GATEWAY_ATTRIBUTES_RESPONSE_TOPIC,
  type GatewayMessage,
  isGatewayTopic,
  readGatewayMessage,
} from "./gateway-message.ts";

export interface GatewayReaderOptions {
  readonly devices: GatewayDevices;
  readonly sessions: SessionRegistry;
  readonly driver: Pick<LiveDriver, "reply">;
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
    const { devices, sessions } = this.#options;
    const gateway = devices.isGateway(connection.device)
      ? new GatewayConnection({ connection, devices, sessions })
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
    if (message.kind === "data") {
      const opened = message.devices.map((name) => gateway.connect(name, DEFAULT_TYPE));
      return opened.includes(undefined) ? "failed" : "accepted";
    }
    const type = message.kind === "connect" ? message.type : DEFAULT_TYPE;
    const opened = gateway.connect(message.device, type);
    if (opened === undefined) return "failed";
    if (message.kind === "reply") this.#options.driver.reply(opened.device, message.requestId, message.payload);
    if (message.kind === "attribute_request") {
      const answer = encodeNoAttributes(message.device, message.requestId);
      // Not before the PUBACK, which is written when this has returned.
      queueMicrotask(() => connection.publish(GATEWAY_ATTRIBUTES_RESPONSE_TOPIC, answer));
    }
    return "accepted";
  }
}
