import { describe, expect, it } from "vitest";
import type { Json } from "../../protocol/message.ts";
import { answerMethod, createMemory } from "./methods.ts";

type Exchange = readonly [method: string, params: Json, reply: Json];

const CONVERSATIONS: readonly (readonly [string, readonly Exchange[]])[] = [
  [
    "a device starts switched off",
    [
      ["getValue", null, false],
      ["getState", {}, false],
      ["checkStatus", null, true],
    ],
  ],
  [
    "what was set is what is got",
    [
      ["setValue", 21.5, 21.5],
      ["getValue", null, 21.5],
      ["getState", null, 21.5],
    ],
  ],
  [
    "also when it was set to null",
    [
      ["setValue", null, null],
      ["getValue", { nonce: "t-1" }, null],
    ],
  ],
  [
    "the nonce is not part of the value",
    [
      ["setState", { value: true, nonce: "t-1" }, true],
      ["getState", null, true],
    ],
  ],
  ["an object without a value is the value", [["setValue", { a: 1, nonce: "t-1" }, { a: 1 }]]],
  ["a list is a value", [["setValue", [1, 2], [1, 2]]]],
  [
    "pins are remembered each for itself",
    [
      ["getGpioStatus", null, {}],
      ["setGpio", { pin: "23", value: 1 }, { "23": 1 }],
      ["setGpioStatus", { pin: 24, enabled: true }, { "23": 1, "24": true }],
      ["setGpio", { pin: "23", value: 0 }, { "23": 0, "24": true }],
      ["getGpioStatus", null, { "23": 0, "24": true }],
    ],
  ],
  [
    "a pin without a state is an error and changes nothing",
    [
      ["setGpio", { pin: "23" }, { error: "expected pin and value" }],
      ["setGpio", { value: 1 }, { error: "expected pin and value" }],
      ["setGpioStatus", { pin: "23", value: 1 }, { error: "expected pin and enabled" }],
      ["setGpioStatus", "23", { error: "expected pin and enabled" }],
      ["setGpio", null, { error: "expected pin and value" }],
      ["getGpioStatus", null, {}],
    ],
  ],
  [
    "any other method echoes its params",
    [
      ["reboot", { now: true }, { now: true }],
      ["constructor", 1, 1],
      ["", null, null],
    ],
  ],
];

describe("what a device answers", () => {
  it.each(CONVERSATIONS)("%s", (_, exchanges) => {
    const memory = createMemory();
    for (const [method, params, reply] of exchanges) expect(answerMethod(memory, method, params)).toEqual(reply);
  });

  it("two devices remember apart", () => {
    const [one, other] = [createMemory(), createMemory()];
    answerMethod(one, "setValue", 1);
    answerMethod(one, "setGpio", { pin: 1, value: 1 });
    expect(answerMethod(other, "getValue", null)).toBe(false);
    expect(answerMethod(other, "getGpioStatus", null)).toEqual({});
  });
});
