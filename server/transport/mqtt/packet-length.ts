/**
 * A packet may have at most 65,536 bytes after its length (`transport.mqtt.netty.max_payload_size`, contract 6.2). The codec would
 * collect 256 MB before it says anything, so a longer one is refused as soon as its length is read. This leans on a step of
 * mqtt-packet 9 that its types do not show; the test of the largest packet fails when another version has none.
 */
import type { Parser } from "mqtt-packet";

const LARGEST_PACKET_BYTES = 65_536;

interface Steps {
  readonly packet: { readonly length: number };
  /** Whether the length has come as a whole. */
  _parseLength(): boolean;
}

/** `refuse` is called for a packet that is too long; nothing is parsed from then on. */
export function refuseLongPackets(parser: Parser, refuse: () => void): void {
  const steps = parser as Parser & Steps;
  const parseLength = steps._parseLength;
  steps._parseLength = (): boolean => {
    const known = parseLength.call(steps);
    if (steps.packet.length <= LARGEST_PACKET_BYTES) return known;
    refuse();
    return false;
  };
}
