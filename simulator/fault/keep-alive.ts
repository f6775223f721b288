/**
 * D6: pings at the edge of the keep-alive interval, beyond it, or never. A server must close the connection when nothing came for
 * 1.5 times the interval [MQTT-3.1.2-24].
 */
import { SECOND } from "../../protocol/time.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

/** MQTT writes the interval in 16 bits. */
const LONGEST_S = 0xffff;
const MOST = 1_000;

/** A ping at `factor` (default 1.51, or `never`) times the interval; `interval` in whole seconds, where it is not the fleet's. */
export const keepAlive: FaultKind = {
  name: "keepalive",
  id: "D6",
  standard: "keepalive test, server keep alive",
  does: "pings at `factor` (1.51, or never) times the keep-alive `interval`",
  transports: OF_MQTT,
  arguments: ["factor", "interval"],
  read: (reader) => {
    const isNever = reader.text("factor", 1) === "never";
    const factor = isNever ? Number.POSITIVE_INFINITY : reader.number("factor", 1, { least: 0.01, most: MOST }, 1.51);
    const interval = reader.duration("interval", 2, 0) / SECOND;
    if (!Number.isInteger(interval) || interval > LONGEST_S) {
      reader.refuse(`interval must be whole seconds up to ${LONGEST_S}s`);
    }
    return {
      connect: (settings) => ({
        ...settings,
        pingFactor: factor,
        keepAliveS: interval === 0 ? settings.keepAliveS : interval,
      }),
    };
  },
};
