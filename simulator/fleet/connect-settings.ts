/** How a device of a plan connects when no fault changes it. */
import type { RandomStream } from "../../protocol/random.ts";
import { type Duration, SECOND } from "../../protocol/time.ts";
import type { ConnectAttempt, ConnectSettings, DeviceFault } from "../fault/device-fault.ts";
import type { FleetPlan } from "./fleet-plan.ts";
import type { Hardships } from "./hardships.ts";

/** So long a device waits for an answer to CONNECT, SUBSCRIBE or PINGREQ unless its plan says otherwise. */
const PATIENCE: Duration = 10 * SECOND;

type Manners = Pick<FleetPlan, "keepSession" | "keepAliveS" | "pingFactor" | "qos" | "patience">;

export function connectSettings({ keepSession, keepAliveS, pingFactor, qos, patience }: Manners): ConnectSettings {
  return {
    delay: 0,
    token: undefined,
    clientId: undefined,
    handshake: 0,
    subscribeAfter: 0,
    filters: undefined,
    ignoresRefusal: false,
    keepSession,
    keepAliveS,
    pingFactor,
    qos,
    firstPacketId: 1,
    reach: "server",
    patience: patience ?? PATIENCE,
    closeAfter: 0,
  };
}

interface AttemptContext extends ConnectAttempt {
  readonly faults: readonly DeviceFault[];
  readonly hardships: Hardships | undefined;
  readonly random: RandomStream;
}

/** The same for one attempt, as the device's faults and what has befallen it change them; untouched, the same object. */
export function changedSettings(
  settings: ConnectSettings,
  { device, attempt, at, faults, hardships, random }: AttemptContext,
): ConnectSettings {
  let changed = settings;
  for (const fault of faults) changed = fault.connect?.(changed, { device, attempt, at }, random) ?? changed;
  if (hardships?.token !== undefined) changed = { ...changed, token: hardships.token };
  return hardships?.cut === true ? { ...changed, reach: "unanswered" } : changed;
}
