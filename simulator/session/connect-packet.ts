/** A device's CONNECT packet: the access token is the user name (contract 4.1), what faults change comes first. */
import type { ConnectSettings } from "../fault/device-fault.ts";
import { writeConnect } from "./mqtt-packet-writer.ts";

export function connectPacket(
  level: Parameters<typeof writeConnect>[0]["level"],
  device: { readonly clientId: string; readonly token: string },
  settings: ConnectSettings,
): Buffer {
  return writeConnect({
    level,
    clean: !settings.keepSession,
    clientId: settings.clientId ?? device.clientId,
    username: settings.token ?? device.token,
    keepAliveS: settings.keepAliveS,
  });
}
