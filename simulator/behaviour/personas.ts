/**
 * Named bundles of latency, faults and manners, for those who want "a modem on a bad day" without reading the menu. A persona is
 * nothing but the short text forms it stands for: a report and a plan show those.
 */

export interface Persona {
  /** What kind of device it is, in a line. */
  readonly about: string;
  readonly latency: string;
  readonly faults: readonly string[];
  readonly reconnect?: string;
}

export const PERSONAS: ReadonlyMap<string, Persona> = new Map<string, Persona>([
  ["healthy-lan", { about: "on a wire, idle, never fails", latency: "lognormal(p50=2ms, p99=10ms)", faults: [] }],
]);
