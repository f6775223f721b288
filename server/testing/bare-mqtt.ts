/** The MQTT transport alone on a free port, with devices, driver and readers that a test makes up. */
import { pino } from "pino";
import { DIALECTS, type DialectName } from "../../protocol/dialect.ts";
import type { PublishReader } from "../transport/device-publish.ts";
import { UNLIMITED } from "../transport/message-limits.ts";
import type { CredentialsLookup } from "../transport/mqtt/credentials.ts";
import type { MqttOptions } from "../transport/mqtt/mqtt-options.ts";
import { MqttTransport } from "../transport/mqtt/mqtt-transport.ts";
import { SessionRegistry } from "../transport/session-registry.ts";

export interface BareMqtt {
  readonly port: number;
  readonly transport: MqttTransport;
  readonly sessions: SessionRegistry;
  /** `device/id: payload` of every reply. */
  readonly replies: readonly string[];
  /** Devices in the order they subscribed to requests, with "left" before those that left. */
  readonly events: readonly string[];
}

export interface BareMqttOptions
  extends Partial<Pick<MqttOptions, "wrapsPacketIds" | "inactivityTimeoutMs" | "provisioning">> {
  readonly dialect?: DialectName;
  readonly readers?: readonly PublishReader[];
  readonly credentials?: Partial<CredentialsLookup>;
}

/** Every username is a token of the device of that name. */
export async function startBareMqtt(options: BareMqttOptions = {}): Promise<BareMqtt> {
  const replies: string[] = [];
  const events: string[] = [];
  const dialect = DIALECTS[options.dialect ?? "tb-v2"];
  const sessions = new SessionRegistry(dialect.oneSession, {
    subscribed: (device, _session, { acks }) => events.push(acks ? device : `${device} without acks`),
    left: (kind, device) => events.push(`${kind} ${device}`),
  });
  const transport = await MqttTransport.create({
    dialect,
    sessions,
    driver: {
      reply: (device, requestId, payload) => replies.push(`${device}/${requestId}: ${payload}`),
      acknowledged: (device, requestId) => events.push(`acknowledged ${device}/${requestId}`),
    },
    readers: options.readers ?? [],
    credentials: {
      byAccessToken: (token) => token,
      byMqttBasic: () => undefined,
      byCertificate: () => undefined,
      ...options.credentials,
    },
    limits: { of: () => UNLIMITED },
    drainTimeoutMs: 2_000,
    inactivityTimeoutMs: options.inactivityTimeoutMs ?? 600_000,
    logger: pino({ level: "silent" }),
    wrapsPacketIds: options.wrapsPacketIds ?? true,
    provisioning: options.provisioning,
  });
  return { port: await transport.listen(0, "127.0.0.1"), transport, sessions, replies, events };
}
