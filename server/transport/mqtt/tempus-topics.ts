/** Topics that only Tempus has, or reads in its own way (contract 13.3). */
import type { PublishVerdict } from "../device-publish.ts";

const DATA = new Set(["v1/devices/me/depth/telemetry"]);
const EVENTS = "v1/devices/me/events";
const CLAIM = "v1/devices/me/claim";

/** undefined: as in ThingsBoard. */
export function tempusVerdict(topic: string): PublishVerdict | undefined {
  if (DATA.has(topic)) return "accepted";
  // An event is stored and acknowledged, and then the connection is closed all the same.
  if (topic === EVENTS) return "wrong_shape";
  return topic === CLAIM ? "unknown_topic" : undefined;
}
