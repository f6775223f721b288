import { expect, test } from "vitest";
import { LoginThrottle } from "./login-throttle.ts";

const throttle = (maxLoginAttempts: number): LoginThrottle =>
  new LoginThrottle({ maxLoginAttempts, loginLockMs: 1_000 });

test("the third wrong password locks, for a while, whatever the letters' case", () => {
  const guesses = throttle(3);
  for (const name of ["a@x.org", "A@x.org"]) guesses.wrong(name, 0);
  expect(guesses.isLocked("a@x.org", 0)).toBe(false);
  guesses.wrong("a@X.org", 5);
  expect(guesses.isLocked("A@x.org", 1_004)).toBe(true);
  expect(guesses.isLocked("other@x.org", 5)).toBe(false);
  expect(guesses.isLocked("a@x.org", 1_005)).toBe(false);
});

test("guesses during the lock do not prolong it; after it the count starts again", () => {
  const guesses = throttle(2);
  for (const nowMs of [0, 0, 500, 900]) guesses.wrong("a", nowMs);
  expect(guesses.isLocked("a", 999)).toBe(true);
  expect(guesses.isLocked("a", 1_000)).toBe(false);
  guesses.wrong("a", 1_000);
  expect(guesses.isLocked("a", 1_000)).toBe(false);
  guesses.wrong("a", 1_001);
  expect(guesses.isLocked("a", 1_001)).toBe(true);
});

test("the right password starts the count again", () => {
  const guesses = throttle(2);
  for (let i = 0; i < 10; i++) {
    guesses.wrong("a", i);
    guesses.right("a");
  }
  expect(guesses.isLocked("a", 10)).toBe(false);
});

test("0 is no limit, and made-up names do not fill the memory without end", () => {
  const off = throttle(0);
  for (let i = 0; i < 100; i++) off.wrong("a", 0);
  expect(off.isLocked("a", 0)).toBe(false);
  const guesses = throttle(1);
  for (let i = 0; i < 10_001; i++) guesses.wrong(`made-up-${i}`, 0);
  expect(guesses.isLocked("made-up-0", 0)).toBe(false);
  expect(guesses.isLocked("made-up-10000", 0)).toBe(true);
});
