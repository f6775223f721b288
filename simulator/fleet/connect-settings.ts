/** How a device of a plan connects when no fault changes it. */
import type { ConnectSettings } from "../fault/device-fault.ts";
import type { FleetPlan } from "./fleet-plan.ts";

export function connectSettings({ keepSession, keepAliveS, pingFactor, qos }: FleetPlan): ConnectSettings {
  return {
    delay: 0,
    token: undefined,
    clientId: undefined,
    handshake: 0,
    subscribeAfter: 0,
    filters: undefined,
    keepSession,
    keepAliveS,
    pingFactor,
    qos,
    firstPacketId: 1,
  };
}
