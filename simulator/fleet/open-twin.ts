/** Opens a further connection of a device: its requests are the device's, and nothing else of it is heard. */
import { DEAF_LISTENER, type Session } from "../session/session.ts";
import type { FleetDevice } from "./fleet-device.ts";
import type { FleetDeviceShared } from "./fleet-device-owner.ts";

export function openTwin(
  device: FleetDevice,
  { owner, settings }: FleetDeviceShared,
  { via, mirrors }: { readonly via: number; readonly mirrors: boolean },
): Session {
  const session = owner.openSession(device, via === 1 ? "-twin" : `-twin${via}`, {
    ...DEAF_LISTENER,
    request: (requestId, payload, delivery) => owner.deviceRequest(device, { via, requestId, payload, delivery }),
  });
  session.connect(mirrors ? { ...settings, subscribeAfter: undefined } : settings);
  return session;
}
