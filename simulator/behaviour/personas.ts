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
  readonly transport?: string;
}

const CELLULAR = "spread(lognormal(floor=40ms, p50=120ms, p99=1500ms, cap=20s, beyond=reject), tau=0.3)";

export const PERSONAS: ReadonlyMap<string, Persona> = new Map<string, Persona>(
  Object.entries({
    "healthy-lan": { about: "on a wire, idle, never fails", latency: "lognormal(p50=2ms, p99=10ms)", faults: [] },
    wifi: {
      about: "on a busy wireless network",
      latency: "lognormal(p50=15ms, p99=250ms)",
      faults: ["lose(p=0.1%)", "flap(p=5%, up=2m, down=3s)"],
      reconnect: "exponential(first=1s, cap=30s)",
    },
    cellular: {
      about: "behind a mobile network: far away, uneven, now and then gone",
      latency: CELLULAR,
      faults: ["burst_loss(enter=0.1%, leave=30%)", "flap(p=20%, up=2m, down=5s)"],
      reconnect: "jitter(first=1s, cap=1m)",
    },
    satellite: {
      about: "over a geostationary satellite, where rain comes in bursts",
      latency: "lognormal(floor=550ms, p50=650ms, p99=2500ms)",
      faults: ["burst_loss(enter=0.5%, leave=20%)"],
      reconnect: "exponential(first=5s, cap=2m)",
    },
    "nb-iot-psm": {
      about: "asleep most of the time; answers when it wakes up",
      latency: "dutycycle(period=20s, window=2s, service=lognormal(floor=100ms, p50=800ms, p99=6s))",
      faults: [],
      reconnect: "jitter(first=5s, cap=2m)",
    },
    "flaky-modem": {
      about: "loses its connection all the time, sometimes in the middle of an answer",
      latency: CELLULAR,
      faults: ["flap(up=20s, down=3s)", "cut(p=1%, bytes=12)", "disconnect(p=2%, how=reset, reconnect=2s)"],
      reconnect: "jitter(first=500ms, cap=10s)",
    },
    "overloaded-plc": {
      about: "one thing at a time, a short queue, errors when it is too much",
      latency: "queue(lognormal(p50=80ms, p99=600ms), servers=1, cap=10)",
      faults: ["error(p=1%, shape=code)"],
    },
    "slow-starter": {
      about: "its first answers after power-up take ten times as long",
      latency: "lognormal(p50=60ms, p99=400ms)",
      faults: ["slow_start(k=5, factor=10)"],
    },
    zombie: { about: "connected, subscribed, never answers", latency: "never", faults: [] },
    hung: {
      about: "its application hangs for five seconds of every twenty, while pings are answered",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["hang(every=20s, for=5s)"],
    },
    "half-open": {
      about: "its link dies without a word after some seconds; the server is left with an open connection",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["half_open(p=50%, start=5s)"],
      reconnect: "none",
    },
    "reconnect-storm": {
      about: "all lose their connection at once and come back at once, every 30 s",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["storm(start=5s, every=30s, for=1s)"],
      reconnect: "fixed(0ms)",
    },
    "clock-skewed": {
      about: "says a time in its replies that is an hour ahead",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["clock_skew(ahead=1h)"],
    },
    "duplicate-sender": {
      about: "answers every third request twice or more",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["duplicate(p=30%, copies=2, gap=15ms)"],
    },
    "late-answerer": {
      about: "answers a tenth of its requests after the deadline",
      latency: "lognormal(p50=60ms, p99=600ms)",
      faults: ["late(p=10%, by=100ms, spread=2s)"],
    },
    "deadline-racer": {
      about: "answers at the deadline, a little before or after it",
      latency: "constant(1ms)",
      faults: ["straddle(within=5ms)"],
    },
    garbler: {
      about: "answers with what is no JSON, no UTF-8, or too much",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["truncate(p=5%)", "garbage(p=5%)", "empty(p=5%)", "hostile_json(p=5%)", "oversize(p=1%)"],
    },
    "deaf-subscriber": {
      about: "connects and never subscribes to requests",
      latency: "constant(10ms)",
      faults: ["no_subscribe"],
    },
    "slow-reader": {
      about: "stops reading its socket for five seconds of every fifteen",
      latency: "lognormal(p50=30ms, p99=200ms)",
      faults: ["slow_reader(every=15s, for=5s)"],
    },
    "gateway-with-50-children": {
      about: "fifty devices behind one connection",
      latency: "lognormal(p50=40ms, p99=400ms)",
      faults: [],
      transport: "gateway(children=50)",
    },
  }),
);
