/** A device's CONNECT packet: the access token is the user name (contract 4.1), what faults change comes first. */
import type { ConnectSettings } from "../fault/device-fault.ts";
import { writeConnect } from "./mqtt-packet-writer.ts";
import type { MqttIdentity } from "./mqtt-session.ts";

/** A session that is kept outlives its connection by so long in MQTT 5, in seconds; before it, for ever. */
const KEPT_S = 86_400;

export function connectPacket(
  level: Parameters<typeof writeConnect>[0]["level"],
  device: MqttIdentity,
  settings: ConnectSettings,
): Buffer {
  const own = device.login ?? { username: device.token, password: undefined };
  const shown = settings.token === undefined ? own : { username: settings.token, password: undefined };
  return writeConnect({
    level,
    clean: !settings.keepSession,
    clientId: settings.clientId ?? device.clientId,
    ...shown,
    keepAliveS: settings.keepAliveS,
    sessionExpiryS: settings.keepSession ? KEPT_S : undefined,
  });
}
