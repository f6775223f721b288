/**
 * A packet may have at most 65,536 bytes after its length (`transport.mqtt.netty.max_payload_size`, contract 6.2). The codec would
 * collect 256 MB before it says anything, so a longer one is refused as soon as its length is read. This leans on a field of
 * mqtt-packet 9 that its types do not show; the test of the largest packet fails when another version has none.
 */
import type { Packet, Parser } from "mqtt-packet";

const LARGEST_PACKET_BYTES = 65_536;

type Reading = Parser & { readonly packet: { readonly length: number } };

/** `refuse` is called for a packet that is too long, possibly again. */
export function refuseLongPackets(parser: Parser, refuse: () => void): void {
  const reading = parser as Reading;
  const parse = parser.parse;
  parser.parse = (bytes: Buffer): number => {
    const left = parse.call(parser, bytes);
    if (reading.packet.length > LARGEST_PACKET_BYTES) refuse();
    return left;
  };
  parser.prependListener("packet", (packet: Packet) => {
    if (isTooLong(packet)) refuse();
  });
}

export function isTooLong({ length }: Pick<Packet, "length">): boolean {
  return (length ?? 0) > LARGEST_PACKET_BYTES;
}
