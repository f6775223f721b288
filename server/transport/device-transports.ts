/** The ways of a device beside MQTT itself: HTTP, CoAP, the readers of what arrives by MQTT, and the calls devices make. */
import type { Dialect } from "../../protocol/dialect.ts";
import { ClientRpc } from "../client-rpc/client-rpc.ts";
import { ClientRpcReader } from "../client-rpc/client-rpc-reader.ts";
import type { ClientRpcHandlers } from "../client-rpc/handler.ts";
import type { LiveDriver } from "../driver.ts";
import type { ServerSettings } from "../options.ts";
import { listenError } from "../start-error.ts";
import type { DeviceRegistry } from "../store/device-registry.ts";
import { CoapTransport } from "./coap/coap-transport.ts";
import type { PublishReader } from "./device-publish.ts";
import { GatewayReader } from "./gateway/gateway-reader.ts";
import { createDeviceApi, type DeviceRoute } from "./http/device-api.ts";
import type { SessionRegistry } from "./session-registry.ts";

export interface DeviceTransportsOptions {
  readonly settings: ServerSettings;
  readonly dialect: Dialect;
  readonly registry: DeviceRegistry;
  readonly driver: LiveDriver;
  readonly sessions: SessionRegistry;
  readonly handlers: ClientRpcHandlers;
}

export interface DeviceTransports {
  /** For MQTT. */
  readonly readers: readonly PublishReader[];
  /** For the REST port. */
  readonly route: DeviceRoute;
  /** Opens the CoAP port, if there is to be one, and resolves with it. Rejects with StartError. */
  listenCoap(): Promise<number | undefined>;
  close(): Promise<void>;
}

export function createDeviceTransports(options: DeviceTransportsOptions): DeviceTransports {
  const { settings, dialect, registry, driver, sessions, handlers } = options;
  const { logger, coapPort } = settings;
  const clientRpc = new ClientRpc({ handlers, timeoutMs: settings.clientRpcTimeoutMs, dialect, logger });
  const isGateway = (device: string): boolean => registry.isGateway(device);
  const devices = {
    isGateway,
    findOrCreate: (gateway: string, name: string, type: string) => registry.findOrCreateChild(gateway, name, type),
  };
  const coap = new CoapTransport({
    registry,
    driver,
    sessions,
    clientRpc,
    clientRpcTimeoutMs: settings.coapTimeoutMs,
    logger,
  });
  const staysAsGhost = settings.quirks.has("ghost-poller");
  return {
    readers: [
      new ClientRpcReader({ clientRpc, dialect, isGateway }),
      new GatewayReader({ devices, sessions, driver, dialect, logger }),
    ],
    route: createDeviceApi({ registry, driver, sessions, clientRpc, dialect, staysAsGhost, logger }),
    listenCoap: async () => {
      if (coapPort === undefined) return undefined;
      return await coap.listen(coapPort, settings.host).catch((error) => {
        throw listenError(error, coapPort, "coapPort");
      });
    },
    close: async () => {
      clientRpc.close();
      await coap.close();
    },
  };
}
