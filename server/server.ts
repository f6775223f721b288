/** The reference server: REST on one port, MQTT on another, one Requester between them. */
import type { FastifyInstance } from "fastify";
import type { Dialect } from "../protocol/dialect.ts";
import type { StatusLimit } from "../protocol/requester/requester-options.ts";
import { CallLedger } from "./call-ledger.ts";
import { loadHandlers } from "./client-rpc/handlers-file.ts";
import { liveNow } from "./clock.ts";
import { type DriverTotals, LiveDriver } from "./driver.ts";
import { openStore, requestIds, secretOf } from "./kept-state.ts";
import { ServerMetrics } from "./metrics.ts";
import { readServerOptions, type ServerOptions, type ServerSettings } from "./options.ts";
import { PersistentCalls } from "./persistent-calls.ts";
import { tokensFrom } from "./rest/accounts.ts";
import { createHttpApp } from "./rest/http-app.ts";
import { LoginThrottle } from "./rest/login-throttle.ts";
import { CallersByUuid } from "./rest/request-uuid.ts";
import { createRestLimits } from "./rest/rest-limits.ts";
import { createRpcRoute } from "./rest/rpc.ts";
import { Tokens } from "./rest/tokens.ts";
import { listenError } from "./start-error.ts";
import { DeviceRegistry } from "./store/device-registry.ts";
import type { Store } from "./store/store.ts";
import { readTlsFiles } from "./tls-files.ts";
import { createDeviceTransports, type DeviceTransports } from "./transport/device-transports.ts";
import { MessageLimits } from "./transport/message-limits.ts";
import type { CredentialsLookup } from "./transport/mqtt/credentials.ts";
import { MqttTransport } from "./transport/mqtt/mqtt-transport.ts";
import { SessionRegistry } from "./transport/session-registry.ts";

interface ServerTotals extends DriverTotals {
  /** Connected devices. */
  readonly sessions: number;
  /** Devices disconnected because they left their socket full. */
  readonly drained: number;
}

export interface RunningServer {
  readonly httpUrl: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  /** undefined: off. */
  readonly mqttsPort: number | undefined;
  readonly mqttWsPort: number | undefined;
  /** UDP. */
  readonly coapPort: number | undefined;
  totals(): ServerTotals;
  /** Writes the instants of every call as an Arrow file; nothing without the option `journal`. */
  writeLedger(path: string): void;
  /**
   * Refuses new calls (503), waits a little for those that wait, answers the rest (503), closes every connection and the store.
   * May be called again.
   */
  close(): Promise<void>;
}

/**
 * Starts a server; when the promise resolves, both ports take connections. Rejects with ServerOptionsError for unusable options and with
 * StartError when a port or the data folder cannot be used; nothing stays open then.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const settings = readServerOptions(options);
  const handlers = await loadHandlers(settings.handlersFile);
  const store = openStore(settings);
  const registry = new DeviceRegistry(store);
  const ended = store.users.endedSessions(Math.floor(Date.now() / 1_000));
  const tokens = new Tokens(secretOf(settings, store), (claims) => tokensFrom(claims, store), ended);
  const limitProblem = createRestLimits(settings);
  const dialect = settings.families[0] as Dialect;
  const ledger = settings.journal ? new CallLedger() : undefined;
  const limits = new MessageLimits({ settings, registry, now: () => performance.now() });
  const statusLimit: StatusLimit | undefined = limits.isUnlimited
    ? undefined
    : (device, persistent) => limits.takesStatus(device, sessions.gatewayOf(device), persistent);
  const driver: LiveDriver = new LiveDriver({
    now: liveNow,
    requester: { ...settings.requester, requestIds: requestIds(settings, store), statusLimit },
    ledger,
    deliver: (effect) => sessions.deliver(effect),
    status: (effect) => persistent.changed(effect),
    ended: (duration) => metrics.ended(duration),
    closeSession: (id) => sessions.close(id, "administrative"),
  });
  const metrics: ServerMetrics = new ServerMetrics({
    totals: () => driver.totals(),
    sessions: () => sessions.size,
    drained: () => mqtt.drained,
    unfinished: () => store.rpcs.countUnfinished(),
    statusChanges: () => persistent.counts,
  });
  const state = { isStopping: false };
  const persistent: PersistentCalls = new PersistentCalls(driver, {
    store,
    quirks: settings.quirks,
    journal: settings.journal,
    ttlDays: settings.rpcTtlDays,
    ttlCheckMs: settings.rpcTtlCheckMs,
    logger: settings.logger,
    wallNow: Date.now,
  });
  const recovered = persistent.recover();
  const sessions: SessionRegistry = new SessionRegistry(dialect.oneSession, driver);
  const devices = createDeviceTransports({ settings, dialect, store, registry, driver, sessions, handlers, limits });
  const mqtt = await MqttTransport.create({
    credentials: credentialsOf(registry),
    dialect,
    drainTimeoutMs: settings.drainTimeoutMs,
    inactivityTimeoutMs: settings.inactivityTimeoutMs,
    driver,
    sessions,
    limits,
    logger: settings.logger,
    readers: devices.readers,
    provisioning: devices.provisioning,
    wrapsPacketIds: !settings.quirks.has("packet-id-no-wrap"),
  });
  const { families, maxPayloadBytes } = settings;
  const app = createHttpApp({
    settings,
    store,
    registry,
    tokens,
    limitProblem,
    throttle: new LoginThrottle(settings),
    oldPaging: settings.dialect === "tempus",
    choosesToken: dialect.choosesToken,
    isConnected: (device) => sessions.isConnected(device),
    disconnect: (device) => sessions.closeDevice(device, "administrative"),
    attributes: devices.attributes,
    pushAttributes: (device, json) => sessions.pushAttributes(device, json),
    persistent,
    maxRetries: settings.requester.maxRetries,
    dialect,
    deviceRoute: devices.route,
    metrics,
    dialectName: settings.dialect,
    isReady: () => !state.isStopping,
    rpc: createRpcRoute({
      driver,
      registry,
      tokens,
      families,
      maxPayloadBytes,
      persistent,
      limitProblem,
      logger: settings.logger,
      callersByUuid: settings.quirks.has("request-uuid-overwrite") ? new CallersByUuid() : undefined,
      isStopping: () => state.isStopping,
    }),
  });
  const parts: Parts = { state, settings, ledger, store, driver, persistent, sessions, devices, mqtt, app };
  const ports = await listen(parts);
  settings.logger.info({ ...ports, dialect: settings.dialect, devices: registry.size, recovered }, "server started");
  return running(parts, ports);
}

interface Parts {
  readonly state: { isStopping: boolean };
  readonly ledger: CallLedger | undefined;
  readonly settings: ServerSettings;
  readonly store: Store;
  readonly driver: LiveDriver;
  readonly persistent: PersistentCalls;
  readonly sessions: SessionRegistry;
  readonly devices: DeviceTransports;
  readonly mqtt: MqttTransport;
  readonly app: FastifyInstance;
}

interface Ports {
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly mqttsPort: number | undefined;
  readonly mqttWsPort: number | undefined;
  readonly coapPort: number | undefined;
}

function running(parts: Parts, ports: Ports): RunningServer {
  let closing: Promise<void> | undefined;
  return {
    httpUrl: `http://${urlHost(parts.settings.host)}:${ports.httpPort}`,
    ...ports,
    totals: () => ({ ...parts.driver.totals(), sessions: parts.sessions.size, drained: parts.mqtt.drained }),
    writeLedger: (path) => parts.ledger?.write(path),
    close: () => {
      closing ??= closeAll(parts);
      return closing;
    },
  };
}

/** What a client on this machine writes for the address the server listens on. */
function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

async function listen(parts: Parts): Promise<Ports> {
  const { app, devices, mqtt, settings } = parts;
  const { host } = settings;
  try {
    await app.listen({ port: settings.httpPort, host, backlog: 4_096 }).catch((error) => {
      throw listenError(error, settings.httpPort, "httpPort");
    });
    const mqttPorts = await listenMqtt(mqtt, settings);
    const coapPort = await devices.listenCoap();
    return { httpPort: (app.server.address() as { port: number }).port, ...mqttPorts, coapPort };
  } catch (error) {
    await closeAll(parts);
    throw error;
  }
}

async function listenMqtt(
  mqtt: MqttTransport,
  settings: ServerSettings,
): Promise<Omit<Ports, "httpPort" | "coapPort">> {
  const { host, mqttPort, mqttsPort, mqttWsPort } = settings;
  const named = (port: number, option: "mqttPort" | "mqttsPort" | "mqttWsPort") => (error: unknown) => {
    throw listenError(error, port, option);
  };
  return {
    mqttPort: await mqtt.listen(mqttPort, host).catch(named(mqttPort, "mqttPort")),
    mqttsPort:
      mqttsPort === undefined
        ? undefined
        : await mqtt.listenTls(mqttsPort, host, readTlsFiles(settings)).catch(named(mqttsPort, "mqttsPort")),
    mqttWsPort:
      mqttWsPort === undefined
        ? undefined
        : await mqtt.listenWebSocket(mqttWsPort, host).catch(named(mqttWsPort, "mqttWsPort")),
  };
}

async function closeAll({
  state,
  app,
  driver,
  persistent,
  sessions,
  devices,
  mqtt,
  store,
  settings,
}: Parts): Promise<void> {
  state.isStopping = true;
  if (settings.shutdownGraceMs > 0) await driver.settled(settings.shutdownGraceMs);
  driver.close();
  // What this turn has for the devices, acknowledgements among it, leaves before their connections end.
  await new Promise((resolve) => setImmediate(resolve));
  sessions.closeAll("shutting_down");
  const closed = app.close();
  // The answers to the callers just ended leave on the next turn of the loop.
  setImmediate(() => setImmediate(() => app.server.closeAllConnections()));
  await Promise.all([closed, mqtt.close(), devices.close()]);
  persistent.close();
  store.close();
  settings.logger.info("server closed");
}

function credentialsOf(registry: DeviceRegistry): CredentialsLookup {
  return {
    byAccessToken: (token) => registry.deviceOfToken(token),
    byMqttBasic: (given) => registry.deviceOfMqttBasic(given),
    byCertificate: (sha3) => registry.deviceOfCertificate(sha3),
  };
}
