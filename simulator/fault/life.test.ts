import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import { isProblem } from "../behaviour/form.ts";
import type { DeviceFault, LifeEvent } from "./device-fault.ts";
import { Life } from "./life.ts";
import { FAULT_KINDS, parseFault } from "./parse-fault.ts";

const random = new RandomStream(seedFrom("7"));
const HORIZON = 60 * SECOND;

function fault(text: string, earlier: readonly DeviceFault[] = []): DeviceFault {
  const parsed = parseFault(text, { timeout: SECOND }, earlier);
  if (isProblem(parsed)) throw new Error(parsed.message);
  return parsed;
}

/** The events of a device's life under some faults, up to an instant. */
function live(faults: readonly DeviceFault[], device = 0, until = HORIZON): (LifeEvent & { fault: DeviceFault })[] {
  const life = new Life(faults, device, random);
  const events: (LifeEvent & { fault: DeviceFault })[] = [];
  for (let event = life.take(until); event !== undefined && events.length < 1_000; event = life.take(until)) {
    events.push(event);
  }
  return events;
}

const ms = ({ at }: LifeEvent): number => at / MILLISECOND;

describe("what each fault makes of its windows", () => {
  it.each<[string, [number, string][]]>([
    [
      "outage(start=10ms, for=5ms)",
      [
        [10, "leave"],
        [15, "return"],
      ],
    ],
    [
      "outage(for=5ms, every=10ms, stop=20ms)",
      [
        [0, "leave"],
        [5, "return"],
        [10, "leave"],
        [15, "return"],
      ],
    ],
    [
      "half_open(start=1ms, for=2ms)",
      [
        [1, "silence"],
        [3, "silence"],
      ],
    ],
    [
      "half_open(start=1ms, for=2ms, how=vanish)",
      [
        [1, "leave"],
        [3, "return"],
      ],
    ],
    [
      "blackhole(start=1ms, for=2ms)",
      [
        [1, "silence"],
        [3, "silence"],
      ],
    ],
    [
      "slow_reader(start=1ms, for=2ms)",
      [
        [1, "stop_reading"],
        [3, "stop_reading"],
      ],
    ],
    [
      "unsubscribe(start=1ms, for=2ms)",
      [
        [1, "subscribe"],
        [3, "subscribe"],
      ],
    ],
    [
      "twin(start=1ms, for=2ms)",
      [
        [1, "twin"],
        [3, "untwin"],
      ],
    ],
    ["twin_reply(start=1ms)", [[1, "twin"]]],
    [
      "takeover(start=1ms, times=3, gap=4ms)",
      [
        [1, "takeover"],
        [5, "takeover"],
        [9, "takeover"],
      ],
    ],
    [
      "storm(for=1ms, every=10ms, stop=25ms)",
      [
        [0, "lose"],
        [10, "lose"],
        [20, "lose"],
      ],
    ],
    ["reboot(start=3ms)", [[3, "reboot"]]],
    [
      "revoked(start=3ms, for=4ms)",
      [
        [3, "token"],
        [3, "lose"],
        [7, "token"],
      ],
    ],
    [
      "sync(period=10ms, start=5ms, stop=31ms)",
      [
        [10, "act"],
        [20, "act"],
        [30, "act"],
      ],
    ],
    [
      "flap(up=10ms, down=5ms, spread=none, for=32ms)",
      [
        [10, "leave"],
        [15, "return"],
        [25, "leave"],
        [30, "return"],
      ],
    ],
    // A device that is down when the window ends comes back with its end.
    [
      "flap(up=10ms, down=5ms, spread=none, for=12ms)",
      [
        [10, "leave"],
        [12, "return"],
      ],
    ],
  ])("%s", (text, expected) => {
    expect(live([fault(text)]).map((event) => [ms(event), event.action.kind])).toEqual(expected);
  });
});

describe("laws", () => {
  const devices = fc.nat(100_000);
  const LIVES = [
    "outage(p=50%, spread=1s, start=1s, for=2s, every=5s)",
    "flap(up=2s, down=1s)",
    "flap(up=2s, down=1s, spread=uniform, start=5s, for=20s)",
    "swizzle(p=50%, start=1s, for=20s)",
    "storm(spread=3s, for=5s, every=10s)",
    "sync(period=5s, spread=5s)",
    "takeover(times=5, gap=100ms, for=1s, every=20s)",
    "revoked(start=1s, for=2s)",
  ];

  it.each(LIVES)("%s: ascending instants, the same ones each time, none for devices that are not picked", (text) => {
    fc.assert(
      fc.property(devices, (device) => {
        const events = live([fault(text)], device);
        for (const [index, { at }] of events.entries()) expect(at).toBeGreaterThanOrEqual(events[index - 1]?.at ?? 0);
        expect(live([fault(text)], device).map(ms)).toEqual(events.map(ms));
        expect(live([fault(text.replace("(", `(device=${device + 1}, `))], device)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("a life is the lives of its faults in one order; of equal instants the first declared comes first", () => {
    fc.assert(
      fc.property(devices, fc.subarray(LIVES, { minLength: 2 }), (device, texts) => {
        const faults: DeviceFault[] = [];
        for (const text of texts) faults.push(fault(text, faults));
        const events = live(faults, device);
        for (const each of faults) {
          expect(events.filter((event) => event.fault === each).map(ms)).toEqual(live([each], device).map(ms));
        }
        for (const [index, event] of events.entries()) {
          const before = events[index - 1];
          if (before === undefined || before.at < event.at) continue;
          expect(before.at).toBe(event.at);
          expect(faults.indexOf(before.fault)).toBeLessThanOrEqual(faults.indexOf(event.fault));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("whoever leaves returns before leaving again", () => {
    fc.assert(
      fc.property(devices, (device) => {
        const kinds = live([fault("flap(up=1s, down=300ms)")], device).map(({ action }) => action.kind);
        for (const [index, kind] of kinds.entries()) expect(kind).toBe(index % 2 === 0 ? "leave" : "return");
      }),
      { numRuns: 30 },
    );
  });

  it("swizzle clogs in the first half and unclogs in the second, in another order", () => {
    const [clogs, unclogs] = [0, 1].map((position) =>
      Array.from({ length: 50 }, (_, device) => ({
        device,
        event: live([fault("swizzle(for=10s)")], device)[position],
      })),
    );
    for (const { event } of clogs ?? []) expect(event?.at).toBeLessThan(5 * SECOND);
    for (const { event } of unclogs ?? []) expect(event?.at).toBeGreaterThanOrEqual(5 * SECOND);
    const order = (list: typeof clogs): number[] =>
      [...(list ?? [])].sort((a, b) => (a.event?.at ?? 0) - (b.event?.at ?? 0)).map(({ device }) => device);
    expect(order(clogs)).not.toEqual(order(unclogs));
    expect(order(clogs)).not.toEqual(Array.from({ length: 50 }, (_, device) => device));
  });
});

it("p picks devices, one draw for a whole life", () => {
  const outage = (p: string): number[] =>
    Array.from({ length: 2_000 }, (_, device) => device).filter(
      (device) => live([fault(`outage(p=${p}, for=1s)`)], device).length > 0,
    );
  const [few, more] = [outage("10%"), new Set(outage("40%"))];
  // 10 %, within the exact 99.9 % interval of n = 2,000.
  expect(few.length).toBeGreaterThanOrEqual(157);
  expect(few.length).toBeLessThanOrEqual(246);
  expect(few.every((device) => more.has(device))).toBe(true);
});

it("an end that never comes is never due", () => {
  const life = new Life([fault("outage(start=1s)")], 0, random);
  expect(life.take(SECOND)?.action.kind).toBe("leave");
  expect(life.due).toBe(Number.POSITIVE_INFINITY);
  expect(life.take(1e15)).toBeUndefined();
});

it.each([
  ["swizzle", "it needs windows that end"],
  ["flap(up=0ms)", "up and down must be more than zero"],
  ["sync(period=0ms)", "period must be more than zero"],
  ["sync(period=1s, spread=2s)", "spread must not be longer than period"],
  ["keepalive(interval=1500ms)", "interval must be whole seconds"],
  ["keepalive(factor=often)", "factor must be a number"],
  ["twin(sessions=0)", "sessions must be a whole number from 1"],
  ["blackhole(direction=left)", "direction must be one of up, down, both"],
  ["refused(mode=maybe)", "mode must be one of closed, dropped"],
])("%s is refused", (text, problem) => {
  const parsed = parseFault(text, { timeout: SECOND });
  expect(isProblem(parsed) ? parsed.message : "").toContain(problem);
});

it("every kind has a name of its own", () => {
  for (const [name, kind] of FAULT_KINDS) expect(kind.name).toBe(name);
});
