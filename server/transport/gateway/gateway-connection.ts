/**
 * The devices behind one gateway's connection (contract 8.2): each is a session like a device's own, subscribed from the start,
 * and its requests leave by the gateway's connection. They end with it.
 */
import type { SessionId } from "../../../protocol/requester/requester-io.ts";
import type { DeviceConnection } from "../device-publish.ts";
import type { MessageMeter } from "../message-limits.ts";
import type { SessionRegistry } from "../session-registry.ts";
import type { GatewayDevices } from "./gateway-devices.ts";
import { encodeGatewayRequest, GATEWAY_RPC_TOPIC } from "./gateway-message.ts";

export interface SubDevice {
  readonly device: string;
  readonly session: SessionId;
}

interface GatewayConnectionOptions {
  readonly connection: DeviceConnection;
  readonly devices: GatewayDevices;
  readonly sessions: SessionRegistry;
  /** Of what its devices send. */
  readonly meter: MessageMeter;
}

export class GatewayConnection {
  readonly #options: GatewayConnectionOptions;
  /** By the name that the gateway calls them. */
  readonly #open = new Map<string, SubDevice>();

  constructor(options: GatewayConnectionOptions) {
    this.#options = options;
  }

  get meter(): MessageMeter {
    return this.#options.meter;
  }

  /** Connects a device, unless it is; `failed` when it cannot be made. To make and to open it are two messages (contract 8.2). */
  connect(name: string, type: string): SubDevice | "failed" | "sub_device_over_limit" {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const { connection, devices, sessions, meter } = this.#options;
    if (!meter.message() || !meter.message()) return "sub_device_over_limit";
    const device = devices.findOrCreate(connection.device, name, type);
    if (device === undefined) return "failed";
    const session = sessions.open(device, {
      gateway: connection.device,
      deliver: (request) => connection.publish(GATEWAY_RPC_TOPIC, encodeGatewayRequest(name, request)),
      close: () => {
        this.#open.delete(name);
      },
    });
    const opened = { device, session };
    this.#open.set(name, opened);
    // The original awaits an acknowledgement here that it then cannot match, so a persistent request stays SENT (contract 8.2);
    // here it is delivered when it is written.
    sessions.subscribed(session, { acks: false, oneShot: false });
    return opened;
  }

  disconnect(name: string): void {
    const open = this.#open.get(name);
    if (open === undefined) return;
    this.#open.delete(name);
    this.#options.sessions.ended(open.session);
  }

  disconnectAll(): void {
    for (const name of [...this.#open.keys()]) this.disconnect(name);
  }
}
