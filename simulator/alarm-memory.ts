/** The memory an alarm shares with its thread: when it is due (0: not at all), a count of changes to sleep on, a count of rings. */

export const ALARM_BYTES = 16;

export interface AlarmMemory {
  readonly buffer: SharedArrayBuffer;
  readonly due: BigInt64Array;
  readonly changes: Int32Array;
  readonly rings: Int32Array;
}

export function alarmViews(buffer: SharedArrayBuffer): AlarmMemory {
  return {
    buffer,
    due: new BigInt64Array(buffer, 0, 1),
    changes: new Int32Array(buffer, 8, 1),
    rings: new Int32Array(buffer, 12, 1),
  };
}
