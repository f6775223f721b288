/**
 * How many messages devices may send (contract S20, section 15). Telemetry and attributes are counted apart from all other messages,
 * by the same limit. The tenant's limit comes first; then that of the device, or, for a gateway, one for what it sends itself and
 * one for what comes from the devices behind it. Where nothing is limited a message costs nothing: no clock, no look-up.
 */
import { type Bandwidth, type Limiter, limiter } from "../rate-limit.ts";

export interface MessageLimitSettings {
  readonly tenantMessageLimits: readonly Bandwidth[];
  readonly deviceMessageLimits: readonly Bandwidth[];
  readonly gatewayMessageLimits: readonly Bandwidth[];
  readonly gatewayDeviceMessageLimits: readonly Bandwidth[];
}

/** Takes messages of one sender; false: refused, and what it would have done is not done. */
export interface MessageMeter {
  /** CONNECT, a subscription, a reply, a status update, a device's own call. */
  message(): boolean;
  /** Telemetry or attributes. */
  telemetry(): boolean;
}

export const UNLIMITED: MessageMeter = { message: () => true, telemetry: () => true };

export interface MessageLimitsOptions {
  readonly settings: MessageLimitSettings;
  readonly registry: {
    ownerOf(device: string): { readonly tenantId: string } | undefined;
    isGateway(device: string): boolean;
  };
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

interface Limiters {
  readonly message: Limiter;
  readonly telemetry: Limiter;
}

export class MessageLimits {
  readonly isUnlimited: boolean;
  readonly #options: MessageLimitsOptions;
  readonly #tenant: Limiters;
  readonly #device: Limiters;
  readonly #gateway: Limiters;
  readonly #gatewayDevice: Limiters;

  constructor(options: MessageLimitsOptions) {
    const { tenantMessageLimits, deviceMessageLimits, gatewayMessageLimits, gatewayDeviceMessageLimits } =
      options.settings;
    this.#options = options;
    this.#tenant = limitersOf(tenantMessageLimits);
    this.#device = limitersOf(deviceMessageLimits);
    this.#gateway = limitersOf(gatewayMessageLimits);
    this.#gatewayDevice = limitersOf(gatewayDeviceMessageLimits);
    const all = [tenantMessageLimits, deviceMessageLimits, gatewayMessageLimits, gatewayDeviceMessageLimits];
    this.isUnlimited = all.every(({ length }) => length === 0);
  }

  /** Of what a device sends by itself; whether it is a gateway is asked now. */
  of(device: string): MessageMeter {
    if (this.isUnlimited) return UNLIMITED;
    return this.#meter(device, this.#options.registry.isGateway(device) ? this.#gatewayDevice : this.#device);
  }

  /** Of what the devices behind a gateway send through it, all of them together. */
  behind(gateway: string): MessageMeter {
    return this.isUnlimited ? UNLIMITED : this.#meter(gateway, this.#gateway);
  }

  /** Takes a status update of a request. Through a gateway only those of persistent requests are reported (contract 8.2). */
  takesStatus(device: string, gateway: string | undefined, persistent: boolean): boolean {
    if (gateway === undefined) return this.of(device).message();
    return !persistent || this.behind(gateway).message();
  }

  #meter(sender: string, limiters: Limiters): MessageMeter {
    const { registry, now } = this.#options;
    const tenantId = registry.ownerOf(sender)?.tenantId;
    const take = (kind: keyof Limiters): boolean => {
      const nowMs = now();
      return (tenantId === undefined || this.#tenant[kind](tenantId, nowMs)) && limiters[kind](sender, nowMs);
    };
    return { message: () => take("message"), telemetry: () => take("telemetry") };
  }
}

function limitersOf(bandwidths: readonly Bandwidth[]): Limiters {
  return { message: limiter(bandwidths), telemetry: limiter(bandwidths) };
}
