/** The V2 form of an HdrHistogram as other languages read it. */
import { deflateSync, inflateSync } from "node:zlib";

const COMPRESSED_COOKIE = 0x1c849314;
const COMPRESSED_HEADER_BYTES = 8;

/**
 * V2 compressed base64 with its header put right: hdr-histogram-js says offset 1 and ratio int64(1), which C, Go and Java readers
 * take for "shift by one bucket".
 */
export function repairHeader(base64: string): string {
  const payload = inflateSync(Buffer.from(base64, "base64").subarray(COMPRESSED_HEADER_BYTES));
  payload.writeInt32BE(0, 8);
  payload.writeDoubleBE(1, 32);
  const compressed = deflateSync(payload);
  const header = Buffer.alloc(COMPRESSED_HEADER_BYTES);
  header.writeInt32BE(COMPRESSED_COOKIE, 0);
  header.writeInt32BE(compressed.length, 4);
  return Buffer.concat([header, compressed]).toString("base64");
}
