/** B8: a valid reply to the topic of another version or encoding than its request came by (contract 6.3, 13.3). */
import { responseTopic, V1, V2_JSON, V2_PROTOBUF, V2_SHORT } from "../../protocol/topic.ts";
import { OF_MQTT } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";

const FAMILIES = { v1: V1, v2: V2_SHORT, "v2/j": V2_JSON, "v2/p": V2_PROTOBUF } as const;
type Family = keyof typeof FAMILIES;

export const wrongTopic: FaultKind = {
  name: "wrong_topic",
  id: "B8",
  standard: "none",
  does: "answers to the topic of another version, `topic` v1, v2, v2/j or v2/p (v2), in the encoding of its own",
  transports: OF_MQTT,
  arguments: ["topic"],
  read: (reader) => {
    const family = FAMILIES[reader.choice<Family>("topic", Object.keys(FAMILIES) as Family[], "v2")];
    return {
      verdict: ({ requestId }) => ({ kind: "address", address: { topic: responseTopic(requestId, family) } }),
    };
  },
};
