import { expect, test } from "vitest";
import { readRateLimit } from "../rate-limit.ts";
import { MessageLimits, type MessageMeter, UNLIMITED } from "./message-limits.ts";

/** Devices are named `tenant/device`; those called `g...` are gateways. */
function limits(tenant: string, device: string, gateway = "", gatewayDevice = "") {
  const read = (text: string) => readRateLimit(text) ?? [];
  let nowMs = 0;
  const made = new MessageLimits({
    settings: {
      tenantMessageLimits: read(tenant),
      deviceMessageLimits: read(device),
      gatewayMessageLimits: read(gateway),
      gatewayDeviceMessageLimits: read(gatewayDevice),
    },
    registry: {
      ownerOf: (id) => ({ tenantId: id.split("/")[0] as string }),
      isGateway: (id) => id.split("/")[1]?.startsWith("g") === true,
    },
    now: () => nowMs,
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { made, pass };
}

/** How many messages it takes, of at most 9. */
function room(meter: MessageMeter, kind: keyof MessageMeter = "message"): number {
  let taken = 0;
  while (taken < 9 && meter[kind]()) taken++;
  return taken;
}

test("each device has its own limit, on every connection the same, and it fills again", () => {
  const { made, pass } = limits("", "3:10");
  expect([room(made.of("t/a")), room(made.of("t/a")), room(made.of("t/b"))]).toEqual([3, 0, 3]);
  pass(10_000);
  expect(room(made.of("t/a"))).toBe(3);
});

test("telemetry is counted apart, by the same limit", () => {
  const meter = limits("", "3:10").made.of("t/a");
  expect([room(meter, "telemetry"), room(meter)]).toEqual([3, 3]);
});

test("a tenant's devices count together, and what the tenant refuses costs its device nothing", () => {
  const { made, pass } = limits("4:1", "3:1000");
  expect([room(made.of("t/a")), room(made.of("t/b")), room(made.of("other/a"))]).toEqual([3, 0, 3]);
  pass(1_000);
  expect(room(made.of("t/b"))).toBe(3);
});

test("a gateway has one limit for itself and one for all behind it, and not a device's", () => {
  const { made } = limits("", "1:10", "5:10", "2:10");
  expect([room(made.of("t/g")), room(made.behind("t/g")), room(made.behind("t/g")), room(made.of("t/a"))]).toEqual([
    2, 5, 0, 1,
  ]);
});

test("a status update costs a message; through a gateway only of a persistent request", () => {
  const { made } = limits("", "1:10", "1:10");
  expect([made.takesStatus("t/a", undefined, false), made.takesStatus("t/a", undefined, true)]).toEqual([true, false]);
  const behind = (persistent: boolean): boolean => made.takesStatus("t/b", "t/g", persistent);
  expect([behind(false), behind(false), behind(true), behind(true), behind(false)]).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
});

test("without limits nobody is asked anything", () => {
  const never = (): never => {
    throw new Error("asked");
  };
  const made = new MessageLimits({
    settings: {
      tenantMessageLimits: [],
      deviceMessageLimits: [],
      gatewayMessageLimits: [],
      gatewayDeviceMessageLimits: [],
    },
    registry: { ownerOf: never, isGateway: never },
    now: never,
  });
  expect([made.isUnlimited, made.of("a"), made.behind("a")]).toEqual([true, UNLIMITED, UNLIMITED]);
  expect([room(made.of("a")), room(made.of("a"), "telemetry")]).toEqual([9, 9]);
});
