/** What a PublishVerdict is in each MQTT version (contract 6.5, 8.3). */
import type { PublishVerdict } from "../device-publish.ts";

export interface Answer3 {
  readonly acknowledges: boolean;
  readonly closes: boolean;
}

export const ANSWERS_3: Readonly<Record<PublishVerdict, Answer3>> = {
  accepted: { acknowledges: true, closes: false },
  unknown_topic: { acknowledges: true, closes: false },
  forbidden_topic: { acknowledges: true, closes: true },
  malformed: { acknowledges: false, closes: true },
  invalid_request: { acknowledges: false, closes: true },
  wrong_shape: { acknowledges: true, closes: true },
  failed: { acknowledges: true, closes: false },
  fault: { acknowledges: false, closes: true },
  over_limit: { acknowledges: false, closes: true },
  sub_device_over_limit: { acknowledges: true, closes: true },
  dropped: { acknowledges: false, closes: false },
};

export interface Answer5 {
  /** Reason code of the PUBACK, for a message that wants one. */
  readonly puback: number | undefined;
  /** Reason code of the DISCONNECT that follows; at QoS 0 and above it. */
  readonly disconnect: readonly [qos0: number | undefined, qos1: number | undefined];
}

const STAYS = [undefined, undefined] as const;

export const ANSWERS_5: Readonly<Record<PublishVerdict, Answer5>> = {
  accepted: { puback: 0x00, disconnect: STAYS },
  unknown_topic: { puback: 0x90, disconnect: STAYS },
  forbidden_topic: { puback: 0x90, disconnect: [0x90, 0x90] },
  malformed: { puback: 0x99, disconnect: [0x99, undefined] },
  invalid_request: { puback: undefined, disconnect: [0x8b, 0x8b] },
  wrong_shape: { puback: 0x83, disconnect: [0x83, 0x83] },
  failed: { puback: 0x80, disconnect: STAYS },
  fault: { puback: undefined, disconnect: [0x83, 0x83] },
  over_limit: { puback: undefined, disconnect: [0x83, 0x83] },
  sub_device_over_limit: { puback: 0x97, disconnect: [0x83, 0x83] },
  dropped: { puback: undefined, disconnect: STAYS },
};
