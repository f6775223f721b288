/**
 * Cuts a byte stream into whole MQTT packets (MQTT 3.1.1, section 2.2: type byte, remaining length of one to four bytes). With
 * framing done here one packet parser serves every connection of a thread, and a connection keeps bytes only while a packet of
 * its is half received.
 */

/** Remaining length fields longer than four bytes are malformed. */
const MAX_LENGTH_BYTES = 4;

/**
 * Calls `onFrame` with each whole packet in `rest` followed by `chunk`, and returns the unfinished remainder (undefined when
 * there is none). Throws on a malformed length: the connection is beyond repair.
 */
export function cutFrames(
  rest: Buffer | undefined,
  chunk: Buffer,
  onFrame: (frame: Buffer) => void,
): Buffer | undefined {
  const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
  let start = 0;
  while (start < bytes.length) {
    const size = frameSize(bytes, start);
    if (size === undefined || start + size > bytes.length) break;
    onFrame(bytes.subarray(start, start + size));
    start += size;
  }
  if (start === bytes.length) return undefined;
  // A copy, so that a few bytes do not keep a whole network buffer alive.
  return Buffer.from(bytes.subarray(start));
}

/** Size of the packet that begins at `start`; undefined while its length is not complete. */
function frameSize(bytes: Buffer, start: number): number | undefined {
  let remaining = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    const byte = bytes[start + 1 + i];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** i;
    if ((byte & 0x80) === 0) return 2 + i + remaining;
  }
  throw new Error("malformed remaining length");
}
