/** How a device's RPC looks in a family of topics (contract 6.3): prefixes to compare as bytes, and payloads as text or protobuf. */
import { TOPIC_FAMILIES, type TopicFamily, type TopicFamilyName } from "../../protocol/topic.ts";
import {
  decodeProtobufAnswer,
  decodeProtobufCommand,
  encodeProtobufCall,
  encodeProtobufReply,
} from "./device-protobuf.ts";
import type { IncomingPublish } from "./mqtt-packet-reader.ts";

export interface TopicDialect {
  readonly requestPrefix: string;
  readonly responsePrefix: string;
  readonly requestBytes: Uint8Array;
  readonly responseBytes: Uint8Array;
  readonly telemetry: string;
  /** A server-side request as JSON text. */
  decodeRequest(publish: IncomingPublish): string;
  /** The answer to a call of the device's own. */
  decodeAnswer(publish: IncomingPublish): string;
  encodeReply(payload: string | Uint8Array): string | Uint8Array;
  encodeRequest(payload: string): string | Uint8Array;
}

function jsonDialect({ requestPrefix, responsePrefix, telemetry }: TopicFamily): TopicDialect {
  return {
    requestPrefix,
    responsePrefix,
    telemetry,
    requestBytes: Buffer.from(requestPrefix),
    responseBytes: Buffer.from(responsePrefix),
    decodeRequest: (publish) => publish.text,
    decodeAnswer: (publish) => publish.text,
    encodeReply: (payload) => payload,
    encodeRequest: (payload) => payload,
  };
}

/** Telemetry stays JSON, on the topic for it: a protobuf one has the schema of a device profile, which nobody knows here. */
function protobufDialect(family: TopicFamily): TopicDialect {
  return {
    ...jsonDialect(family),
    telemetry: TOPIC_FAMILIES["v2/j"].telemetry,
    decodeRequest: (publish) => decodeProtobufCommand(publish.payload),
    decodeAnswer: (publish) => decodeProtobufAnswer(publish.payload),
    encodeReply: encodeProtobufReply,
    encodeRequest: encodeProtobufCall,
  };
}

export const TOPICS_V1: TopicDialect = jsonDialect(TOPIC_FAMILIES.v1);

const DIALECTS: Readonly<Record<TopicFamilyName, TopicDialect>> = {
  v1: TOPICS_V1,
  v2: jsonDialect(TOPIC_FAMILIES.v2),
  "v2/j": jsonDialect(TOPIC_FAMILIES["v2/j"]),
  "v2/p": protobufDialect(TOPIC_FAMILIES["v2/p"]),
};

export function topicDialect(name: TopicFamilyName): TopicDialect {
  return DIALECTS[name];
}
