/** The versions of MQTT by their protocol level (3.1.2.2), and the packet types a device meets (MQTT 5.0, 2.1.2). */

/** 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type ProtocolLevel = 3 | 4 | 5;

export const PACKET_TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

/** The largest remaining length and the largest variable byte integer: four groups of seven bits (2.1.4, 1.5.5). */
export const LARGEST_LENGTH = 2 ** 28 - 1;
