/**
 * ServerOptions: schema and defaults in one place. Parsed once, every problem reported, and the result is total: nothing behind
 * this file asks whether an option is there. Names follow the server's own keys (contract section 15), given with each option.
 */
import { type Logger, pino } from "pino";
import { z } from "zod";
import { DIALECT_NAMES, DIALECTS, type Dialect, type DialectName } from "../protocol/dialect.ts";
import { QUIRK_NAMES, type Quirk } from "../protocol/requester/quirk.ts";
import { countingRequestIds } from "../protocol/requester/request-id.ts";
import { SUBMIT_STRATEGIES } from "../protocol/requester/requester-io.ts";
import type { RequesterOptions } from "../protocol/requester/requester-options.ts";
import { MILLISECOND } from "../protocol/time.ts";
import { type Bandwidth, readRateLimit } from "./rate-limit.ts";
import type { MessageLimitSettings } from "./transport/message-limits.ts";

const port = z.int().min(0).max(65_535);
const LARGEST_MS = 2 ** 31 - 1;
const rateLimit = z
  .string()
  .default("")
  .transform((text, { addIssue }) => {
    const bandwidths = readRateLimit(text);
    if (bandwidths === undefined) addIssue("must be like 100:1,2000:60, a count and seconds, both from 1");
    return bandwidths ?? [];
  });

const schema = z.strictObject({
  /** Address to listen on; 0.0.0.0 for all. */
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free port. */
  httpPort: port.default(8080),
  mqttPort: port.default(1883),
  /** UDP port of CoAP; absent: no CoAP. */
  coapPort: port.optional(),
  /** MQTT over TLS; absent: off. Needs a key and a certificate. */
  mqttsPort: port.optional(),
  /** MQTT over WebSocket; absent: off. */
  mqttWsPort: port.optional(),
  /** PEM files: the server's key and certificate, and the authorities that client certificates may come from. */
  tlsKeyFile: z.string().min(1).optional(),
  tlsCertFile: z.string().min(1).optional(),
  tlsCaFile: z.string().min(1).optional(),
  /** Folder of the database file, made when absent. Without it everything is in memory. */
  dataFolder: z.string().min(1).optional(),
  /** Either tb dialect starts one server that serves both URL families; `tempus` is another server. */
  dialect: z.enum(DIALECT_NAMES).default("tb-v2"),
  /** Install the demo users and devices (contract 3.6) in an empty database. */
  demo: z.boolean().default(true),
  /** A device that leaves its socket full for this long is disconnected. */
  drainTimeoutMs: z.int().min(1).max(LARGEST_MS).default(2_000),
  /** `transport.sessions.inactivity_timeout`: a connection whose device has sent nothing for this long is closed. */
  inactivityTimeoutMs: z.int().min(1).max(LARGEST_MS).default(600_000),
  /** `spring.mvc.async.request-timeout`; 0: off; absent: as the dialect has it. */
  wallMs: z.int().min(0).max(LARGEST_MS).optional(),
  /** `server.rest.server_side_rpc.min_timeout`; absent: as the dialect has it. */
  minTimeoutMs: z.int().min(0).max(LARGEST_MS).optional(),
  /** `server.rest.server_side_rpc.default_timeout`; absent: as the dialect has it. */
  defaultTimeoutMs: z.int().min(1).max(LARGEST_MS).optional(),
  /** `actors.rpc.submit_strategy` */
  submitStrategy: z.enum(SUBMIT_STRATEGIES).default("burst"),
  /** `actors.rpc.max_retries` */
  maxRetries: z.int().min(0).max(1_000).default(5),
  /** `transport.mqtt.timeout`: an acknowledgement of a request is awaited this long. */
  ackTimeoutMs: z.int().min(1).max(LARGEST_MS).default(10_000),
  /** `actors.rpc.response_timeout_ms`, on-response strategy only. */
  responseTimeoutMs: z.int().min(1).max(LARGEST_MS).default(30_000),
  /** `actors.rpc.close_session_on_rpc_delivery_timeout` */
  closeSessionOnAckTimeout: z.boolean().default(false),
  /** Known hazards of the original servers to reproduce; see protocol/requester/quirk.ts. */
  quirks: z.array(z.enum(QUIRK_NAMES as [Quirk, ...Quirk[]])).default([]),
  /** An idle HTTP connection is kept this long; below 65 s k6 meets connections that close under it. */
  keepAliveTimeoutMs: z.int().min(0).max(LARGEST_MS).default(120_000),
  /** `server.http.max_payload_size` */
  maxPayloadBytes: z.int().min(1).default(16_777_216),
  /** `tenantServerRestLimitsConfiguration`: `N:seconds,N:seconds`; empty: no limit. */
  tenantRestLimits: rateLimit,
  /** `customerServerRestLimitsConfiguration` */
  customerRestLimits: rateLimit,
  /** `transportTenant{Msg,TelemetryMsg}RateLimit`, the messages of all of a tenant's devices; see transport/message-limits.ts. */
  tenantMessageLimits: rateLimit,
  /** `transportDevice{Msg,TelemetryMsg}RateLimit` */
  deviceMessageLimits: rateLimit,
  /** `transportGateway{Msg,TelemetryMsg}RateLimit`, the messages of the devices behind one gateway. */
  gatewayMessageLimits: rateLimit,
  /** `transportGatewayDevice{Msg,TelemetryMsg}RateLimit`, a gateway's messages of its own. */
  gatewayDeviceMessageLimits: rateLimit,
  /** Wrong passwords in a row before an account takes none for `loginLockMs`; 0: no limit. */
  maxLoginAttempts: z.int().min(0).max(1_000_000).default(20),
  loginLockMs: z.int().min(1).max(LARGEST_MS).default(60_000),
  /** Key of the HS512 signature. Absent: the environment variable RPCFLEET_JWT_SECRET, else kept in the data folder, or random. */
  jwtSecret: z.string().min(1).optional(),
  /** A TypeScript module that exports `handlers`, who answer what devices call; see client-rpc/handler.ts. */
  handlersFile: z.string().min(1).optional(),
  /** `transport.client_side_rpc.timeout`: a device's own call ends unanswered after this long. */
  clientRpcTimeoutMs: z.int().min(1).max(LARGEST_MS).default(60_000),
  /** `transport.coap.timeout`: over CoAP it is not answered at all after this long. */
  coapTimeoutMs: z.int().min(1).max(LARGEST_MS).default(10_000),
  /** `rpcTtlDays` of the tenant profile: ended persistent calls are kept so long; 0: for ever. */
  rpcTtlDays: z.number().min(0).max(36_500).default(0),
  /** `SQL_RPC_TTL_CHECKING_INTERVAL` */
  rpcTtlCheckMs: z.int().min(1).max(LARGEST_MS).default(7_200_000),
  /** A connection that provisioned a device is closed this long after the answer (contract 12.4). */
  provisionCloseMs: z.int().min(1).max(LARGEST_MS).default(60_000),
  /** At the end, calls that wait are given this long to be answered. */
  shutdownGraceMs: z.int().min(0).max(LARGEST_MS).default(0),
  /** Keep what happened to each call: the instants of each in memory, the changes of persistent ones in the data folder. */
  journal: z.boolean().default(false),
  logger: z
    .custom<Logger>((value) => typeof (value as Logger | undefined)?.info === "function", "not a pino logger")
    .optional(),
});

/** What a caller of `startServer` may write. */
export type ServerOptions = z.input<typeof schema>;

/** Every option settled. */
export interface ServerSettings extends MessageLimitSettings {
  readonly host: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly coapPort: number | undefined;
  readonly mqttsPort: number | undefined;
  readonly mqttWsPort: number | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsCertFile: string | undefined;
  readonly tlsCaFile: string | undefined;
  readonly dataFolder: string | undefined;
  readonly dialect: DialectName;
  /** The URL families this server answers, each with the overrides applied. */
  readonly families: readonly Dialect[];
  readonly demo: boolean;
  readonly drainTimeoutMs: number;
  readonly inactivityTimeoutMs: number;
  readonly requester: RequesterOptions;
  readonly quirks: ReadonlySet<Quirk>;
  readonly keepAliveTimeoutMs: number;
  readonly maxPayloadBytes: number;
  readonly tenantRestLimits: readonly Bandwidth[];
  readonly customerRestLimits: readonly Bandwidth[];
  readonly maxLoginAttempts: number;
  readonly loginLockMs: number;
  readonly jwtSecret: string | undefined;
  readonly handlersFile: string | undefined;
  readonly clientRpcTimeoutMs: number;
  readonly coapTimeoutMs: number;
  readonly provisionCloseMs: number;
  readonly journal: boolean;
  readonly rpcTtlDays: number;
  readonly rpcTtlCheckMs: number;
  readonly shutdownGraceMs: number;
  readonly logger: Logger;
}

/** Options that cannot be used; the message names every problem, one a line. */
export class ServerOptionsError extends Error {
  override readonly name = "ServerOptionsError";
}

/** Settles `options`. Throws ServerOptionsError. */
export function readServerOptions(options: ServerOptions): ServerSettings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "options"}: ${issue.message}`);
    throw new ServerOptionsError(problems.join("\n"));
  }
  const { wallMs, minTimeoutMs, defaultTimeoutMs, ...rest } = parsed.data;
  if (rest.mqttsPort !== undefined && (rest.tlsKeyFile === undefined || rest.tlsCertFile === undefined)) {
    throw new ServerOptionsError("mqttsPort: needs tlsKeyFile and tlsCertFile");
  }
  const quirks = new Set(rest.quirks);
  const names: readonly DialectName[] = rest.dialect === "tempus" ? ["tempus"] : ["tb-v1", "tb-v2"];
  const families = names.map((name): Dialect => {
    const dialect = DIALECTS[name];
    return {
      ...dialect,
      wall: wallMs === undefined ? dialect.wall : wallMs === 0 ? undefined : wallMs * MILLISECOND,
      minTimeout: minTimeoutMs === undefined ? dialect.minTimeout : minTimeoutMs * MILLISECOND,
      defaultTimeout: defaultTimeoutMs === undefined ? dialect.defaultTimeout : defaultTimeoutMs * MILLISECOND,
    };
  });
  return {
    ...rest,
    families,
    quirks,
    requester: {
      requestIds: countingRequestIds(),
      strategy: rest.submitStrategy,
      maxRetries: rest.maxRetries,
      ackTimeout: rest.ackTimeoutMs * MILLISECOND,
      responseTimeout: rest.responseTimeoutMs * MILLISECOND,
      closeOnAckTimeout: rest.closeSessionOnAckTimeout,
      quirks,
      statusLimit: undefined,
    },
    mqttsPort: rest.mqttsPort,
    mqttWsPort: rest.mqttWsPort,
    tlsKeyFile: rest.tlsKeyFile,
    tlsCertFile: rest.tlsCertFile,
    tlsCaFile: rest.tlsCaFile,
    dataFolder: rest.dataFolder,
    coapPort: rest.coapPort,
    handlersFile: rest.handlersFile,
    jwtSecret: rest.jwtSecret ?? (process.env.RPCFLEET_JWT_SECRET || undefined),
    logger: rest.logger ?? pino({ level: "silent" }),
  };
}
