/** What a CONNECT opens: a device's session, or one that can do nothing but provision (contract 6.1, 12.4). */
import { authenticate, type GivenCredentials, type Refusal } from "./credentials.ts";
import { DeviceSession, type MqttSession } from "./device-session.ts";
import type { MqttLink } from "./mqtt-link.ts";
import type { MqttOptions } from "./mqtt-options.ts";
import { ProvisionSession } from "./provision-session.ts";

interface Admission {
  /** The device has a request that awaited an acknowledgement. */
  acknowledged(requestId: number): void;
  open(link: MqttLink): MqttSession;
}

/** The client's name in either field, before any of its credentials. */
const PROVISION = "provision";

export function admit(given: GivenCredentials, options: MqttOptions): Admission | { readonly refusal: Refusal } {
  const { credentials, provisioning, driver } = options;
  if (provisioning !== undefined && (given.username === PROVISION || given.clientId === PROVISION)) {
    return { acknowledged: () => {}, open: (link) => new ProvisionSession(link, provisioning) };
  }
  const found = authenticate(credentials, given);
  if ("refusal" in found) return found;
  const { device } = found;
  const meter = options.limits.of(device);
  if (!meter.message()) return { refusal: "over_limit" };
  return {
    acknowledged: (requestId) => driver.acknowledged(device, requestId),
    open: (link) => new DeviceSession({ device, meter, link }, options),
  };
}
