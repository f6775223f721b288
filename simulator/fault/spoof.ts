/**
 * B7: the device answers in another one's name, as a gateway would for its child (contract 8): to the gateway's topic, with the
 * victim's name in the payload.
 */
import { parseJson } from "../../protocol/message.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

const GATEWAY_TOPIC = "v1/gateway/rpc";

export const spoof: FaultKind = {
  name: "spoof",
  id: "B7",
  standard: "none",
  does: "answers to the gateway's topic in the name of the device `victim` (another)",
  arguments: ["victim"],
  transports: OF_MQTT,
  read: (reader) => {
    const device = reader.text("victim") ?? "another";
    return {
      verdict: ({ requestId: id }) => ({
        kind: "several",
        verdicts: [
          { kind: "address", address: { topic: GATEWAY_TOPIC } },
          { kind: "edit", edit: (data) => JSON.stringify({ device, id, data: parseJson(String(data)) ?? null }) },
        ],
      }),
    };
  },
};
