/**
 * Servers that are unwell in a way that can be calculated. Pure: when a Call arrived -> when and how it is answered. The server
 * process asks the model about live arrivals, and the truth is what it says of the planned ones.
 */
import { exp } from "../../protocol/exact-math.ts";
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../../protocol/random.ts";
import { type Duration, type Instant, MILLISECOND, SECOND } from "../../protocol/time.ts";

export interface PathologicalAnswer {
  readonly at: Instant;
  /** 408: the deadline came first. */
  readonly status: 200 | 408;
  /** The device's reply comes all the same, too late. */
  readonly late: boolean;
}

/** Arrivals in their order, counted from the run's origin like every instant here. */
export type ServerModel = (call: number, arrival: Instant) => PathologicalAnswer;

/** Deadline of every Call. */
export const TIMEOUT: Duration = SECOND;

/** What a Call takes when nothing is wrong: long enough for two per cent of it to be more than a usual machine adds. */
const BASE: Duration = 100 * MILLISECOND;

const STALL = { from: 5 * SECOND, to: 6 * SECOND };
const PAUSE: Duration = 50 * MILLISECOND;
const SLOW_EVERY = 100;
const SLOW: Duration = 500 * MILLISECOND;
const QUICK_CHANCE = 0.7;
const OTHER_MODE: Duration = 400 * MILLISECOND;
const LATE_EVERY = 20;
const LOST_EVERY = 50;
const WARM_UP: Duration = 200 * MILLISECOND;
const WARM_UP_DECAY: Duration = 3 * SECOND;
const SERVICE: Duration = 18 * MILLISECOND;
const WAY: Duration = 80 * MILLISECOND;
const SHORT_DELAY: Duration = 1_500;

const ok = (at: Instant): PathologicalAnswer => ({ at, status: 200, late: false });

/** Each makes a server as it is before its first Call. */
export const MODELS = {
  "no delay at all": () => (_, arrival) => ok(arrival),
  "1.5 ms": () => (_, arrival) => ok(arrival + SHORT_DELAY),
  healthy: () => (_, arrival) => ok(arrival + BASE),
  "1 s stall": () => {
    const thaw = (at: Instant): Instant => (at >= STALL.from && at < STALL.to ? STALL.to : at);
    return (_, arrival) => ok(thaw(thaw(arrival) + BASE));
  },
  "50 ms pause every second": () => {
    const thaw = (at: Instant): Instant => (at % SECOND < PAUSE ? at - (at % SECOND) + PAUSE : at);
    return (_, arrival) => ok(thaw(thaw(arrival) + BASE));
  },
  "1 % slow": () => (call, arrival) => ok(arrival + (call % SLOW_EVERY === 0 ? SLOW : BASE)),
  bimodal: () => {
    const random = new RandomStream(seedFrom("bimodal"));
    return (call, arrival) => {
      const draw = random.seek(ENTITY.workload, PURPOSE.latency, call).uniform();
      return ok(arrival + (draw < QUICK_CHANCE ? BASE : OTHER_MODE));
    };
  },
  "late replies": () => (call, arrival) =>
    call % LATE_EVERY === 0 ? { at: arrival + TIMEOUT, status: 408, late: true } : ok(arrival + BASE),
  "lost replies": () => (call, arrival) =>
    call % LOST_EVERY === LOST_EVERY - 1 ? { at: arrival + TIMEOUT, status: 408, late: false } : ok(arrival + BASE),
  "slow warm-up": () => (_, arrival) => ok(arrival + BASE + Math.round(WARM_UP * exp(-arrival / WARM_UP_DECAY))),
  saturation: () => {
    let free = 0;
    return (_, arrival) => {
      free = Math.max(free, arrival) + SERVICE;
      return ok(free + WAY);
    };
  },
} as const satisfies Readonly<Record<string, () => ServerModel>>;

export type PathologyName = keyof typeof MODELS;
