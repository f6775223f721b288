/** C18: two filters that match the same requests, so that a broker may send each of them twice. */
import { RPC_REQUEST_FILTER } from "../../protocol/topic.ts";
import { OWN_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

/** A server that grants only the filters it knows refuses the second; the device is content with the first. */
export const overlapping: FaultKind = {
  name: "overlapping",
  id: "C18",
  standard: "overlapping subscriptions",
  does: "subscribes to `also` (v1/devices/me/rpc/#) beside the filter for requests",
  transports: OWN_MQTT,
  arguments: ["also"],
  read: (reader) => {
    const also = reader.text("also") ?? "v1/devices/me/rpc/#";
    return {
      connect: (settings) => ({ ...settings, filters: [...(settings.filters ?? [RPC_REQUEST_FILTER]), also] }),
    };
  },
};
