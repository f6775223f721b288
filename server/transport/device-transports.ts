/** The ways of a device beside MQTT itself: HTTP, CoAP, the readers of what arrives by MQTT, and the calls devices make. */
import type { Dialect } from "../../protocol/dialect.ts";
import { AttributesReader } from "../attributes/attributes-reader.ts";
import { DeviceAttributes } from "../attributes/device-attributes.ts";
import { ClientRpc } from "../client-rpc/client-rpc.ts";
import { ClientRpcReader } from "../client-rpc/client-rpc-reader.ts";
import type { ClientRpcHandlers } from "../client-rpc/handler.ts";
import { sessionLimits } from "../client-rpc/session-limits.ts";
import type { LiveDriver } from "../driver.ts";
import type { ServerSettings } from "../options.ts";
import { createProvision } from "../provisioning/provision.ts";
import { listenError } from "../start-error.ts";
import type { Credentials } from "../store/credentials.ts";
import type { DeviceRegistry, NewDevice } from "../store/device-registry.ts";
import type { Store } from "../store/store.ts";
import { CoapTransport } from "./coap/coap-transport.ts";
import type { PublishReader } from "./device-publish.ts";
import { GatewayReader } from "./gateway/gateway-reader.ts";
import { createDeviceApi, type DeviceRoute } from "./http/device-api.ts";
import { createProvisionRoute } from "./http/provision-route.ts";
import type { MessageLimits } from "./message-limits.ts";
import type { Provisioning } from "./mqtt/provision-session.ts";
import type { SessionRegistry } from "./session-registry.ts";

export interface DeviceTransportsOptions {
  readonly settings: ServerSettings;
  readonly dialect: Dialect;
  readonly store: Store;
  readonly registry: DeviceRegistry;
  readonly driver: LiveDriver;
  readonly sessions: SessionRegistry;
  readonly handlers: ClientRpcHandlers;
  readonly limits: MessageLimits;
}

export interface DeviceTransports {
  readonly attributes: DeviceAttributes;
  /** For MQTT. */
  readonly readers: readonly PublishReader[];
  /** For MQTT as well; undefined: Tempus has none (contract 13.3). */
  readonly provisioning: Provisioning | undefined;
  /** For the REST port. */
  readonly route: DeviceRoute;
  /** Opens the CoAP port, if there is to be one, and resolves with it. Rejects with StartError. */
  listenCoap(): Promise<number | undefined>;
  close(): Promise<void>;
}

export function createDeviceTransports(options: DeviceTransportsOptions): DeviceTransports {
  const { settings, dialect, registry, driver, sessions, handlers, limits } = options;
  const provisioning = dialect.name === "tempus" ? undefined : provisioningOf(options);
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
    limits,
    clientRpcTimeoutMs: settings.coapTimeoutMs,
    logger,
    provision: provisioning?.provision,
  });
  const provisionRoute = provisioning === undefined ? undefined : createProvisionRoute(provisioning.provision);
  const staysAsGhost = settings.quirks.has("ghost-poller");
  const attributes = new DeviceAttributes();
  const deviceApi = createDeviceApi({
    registry,
    driver,
    sessions,
    clientRpc,
    limits,
    attributes,
    dialect,
    staysAsGhost,
    logger,
  });
  return {
    attributes,
    readers: [
      new AttributesReader(attributes),
      new ClientRpcReader({
        clientRpc,
        dialect,
        sessionLimits: (device) => sessionLimits(settings, isGateway(device)),
      }),
      new GatewayReader({ devices, sessions, driver, limits, dialect, logger }),
    ],
    provisioning,
    route: (request, response) => provisionRoute?.(request, response) || deviceApi(request, response),
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

function provisioningOf({ settings, store, registry }: DeviceTransportsOptions): Provisioning {
  const devices = {
    deviceByName: (tenantId: string, name: string) => store.deviceByName(tenantId, name),
    credentialsOf: (device: string) => store.credentialsOf(device),
    create: (device: NewDevice, credentials: Credentials) => registry.create(device, credentials),
  };
  const provision = createProvision({ profiles: store.profiles, devices, logger: settings.logger });
  return { provision, closeAfterMs: settings.provisionCloseMs };
}
