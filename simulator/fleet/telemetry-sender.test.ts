import { describe, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../../protocol/random.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import { TelemetrySender } from "./telemetry-sender.ts";

const ORIGIN = 1_000_000;
const PERIOD = 100 * MILLISECOND;

/** Sends for so many periods; what each device sent when, since the origin. */
function sentBy(first: number, devices: number, periods: number, offline = -1) {
  const sent: { device: number; at: number }[] = [];
  let now = ORIGIN;
  const range = { first, devices, random: new RandomStream(seedFrom("7")) };
  const sender = new TelemetrySender({ period: PERIOD, payload: "{}" }, range, (device) => {
    if (device === offline) return false;
    sent.push({ device, at: now - ORIGIN });
    return true;
  });
  expect(sender.due).toBeUndefined();
  sender.begin(ORIGIN);
  while ((sender.due as number) < ORIGIN + periods * PERIOD) {
    now = sender.due as number;
    expect(Number.isInteger(now)).toBe(true);
    sender.tick(now);
  }
  return { sent, sender };
}

describe("background telemetry", () => {
  it("comes from every device once a period, each at a phase of its own", () => {
    const { sent, sender } = sentBy(0, 20, 3);
    expect(sender.counts).toEqual({ sent: 60, refused: 0 });
    for (let device = 0; device < 20; device++) {
      const [one = 0, two = 0, three = 0] = sent.filter((each) => each.device === device).map(({ at }) => at);
      expect([two - one, three - two]).toEqual([PERIOD, PERIOD]);
    }
    const phases = new Set(sent.map(({ at }) => at % PERIOD));
    expect(phases.size).toBe(20);
  });

  it("is the same for a device in any part of its fleet", () => {
    const whole = sentBy(0, 20, 1).sent.filter(({ device }) => device >= 12);
    expect(sentBy(12, 8, 1).sent).toEqual(whole);
  });

  it("counts what no connection takes, and ends", () => {
    const { sender } = sentBy(0, 4, 2, 3);
    expect(sender.counts).toEqual({ sent: 6, refused: 2 });
    sender.end();
    expect(sender.due).toBeUndefined();
  });
});
