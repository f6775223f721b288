/** D11: the device subscribes to something that is almost the right thing, and does not look whether it was granted. */
import { OWN_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

export const wrongFilter: FaultKind = {
  name: "wrong_filter",
  id: "D11",
  standard: "none",
  does: "subscribes to `filter` (/v1/devices/me/rpc/request/+) instead, and believes that it was granted",
  transports: OWN_MQTT,
  arguments: ["filter"],
  read: (reader) => {
    const filters = [reader.text("filter") ?? "/v1/devices/me/rpc/request/+"];
    return { connect: (settings) => ({ ...settings, filters, ignoresRefusal: true }) };
  },
};
