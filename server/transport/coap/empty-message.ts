/**
 * The empty messages by which a client acknowledges or rejects a notification (RFC 7252, 4.2 and 4.3). The library handles them
 * and tells nobody, so they are read here a second time.
 */

export interface EmptyMessage {
  readonly kind: "acknowledgement" | "reset";
  readonly messageId: number;
}

const HEADER_BYTES = 4;
const EMPTY_CODE = 0;
/** Version 1 and no token, with the type between them. */
const ACKNOWLEDGEMENT = 0x60;
const RESET = 0x70;

/** Undefined for any other datagram. */
export function readEmptyMessage(datagram: Buffer): EmptyMessage | undefined {
  if (datagram.length !== HEADER_BYTES || datagram[1] !== EMPTY_CODE) return undefined;
  const messageId = datagram.readUInt16BE(2);
  if (datagram[0] === ACKNOWLEDGEMENT) return { kind: "acknowledgement", messageId };
  return datagram[0] === RESET ? { kind: "reset", messageId } : undefined;
}
