/**
 * Request ids as a device sees them: a counter per device from 0 (contract S5), passed in as a value so that a test or a hunt
 * can shrink the id space and meet every reuse that a long run would.
 */

export const FIRST_REQUEST_ID = 0;

export interface RequestIdAllocator {
  /** The id after `last`, or the first one; wraps within the id space. */
  next(last: number | undefined): number;
  /** How many different ids there are. */
  readonly size: number;
  /** How many ended ids per device are kept from reuse, so that a late reply cannot answer a newer Call. */
  readonly quarantine: number;
}

/** Ids are 32-bit signed integers on the wire (contract 6.4), so the counter wraps after 2^31 ids. */
const WIRE_ID_SPACE = 2 ** 31;
const QUARANTINE = 256;

/** Counts `first`, `first` + 1, ... within `size` ids. */
export function countingRequestIds(size: number = WIRE_ID_SPACE, first = FIRST_REQUEST_ID): RequestIdAllocator {
  return {
    size,
    quarantine: Math.min(QUARANTINE, Math.floor(size / 2)),
    next: (last) => (last === undefined ? first : (last + 1) % size),
  };
}
