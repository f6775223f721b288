import { expect, it } from "vitest";
import { behaviourEvents } from "./behaviour-errors.ts";

it("an error of a user's behaviour is an incident at its first time, with how often it happened", () => {
  const error = { method: "open", message: "valve stuck", device: 4, at: 1_500, count: 3 };
  expect(behaviourEvents([error, { ...error, count: 1 }])).toEqual([
    { at: 1_500, label: "behaviour: open failed 3 times, first on device 4: valve stuck" },
    { at: 1_500, label: "behaviour: open failed once, first on device 4: valve stuck" },
  ]);
});
