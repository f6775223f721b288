import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TargetError } from "../simulator/rest-client.ts";
import { EXIT, Interrupted, reportError, SetUpError, UsageError, usageProblem } from "./errors.ts";

let printed = "";
beforeEach(() => {
  printed = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe("an error as its user sees it", () => {
  it.each<[string, unknown, number, string]>([
    ["one problem", new UsageError(["--rate: no"]), EXIT.usage, "1 problem:\n  --rate: no\n"],
    ["all problems", new UsageError(["a", "b"]), EXIT.usage, "2 problems:\n  a\n  b\n"],
    ["a port that is taken", new SetUpError("port 1 is taken"), EXIT.setUp, "port 1 is taken\n"],
    ["a target that is down", new TargetError("cannot reach x"), EXIT.setUp, "cannot reach x\n"],
    ["Ctrl-C before the first call", new Interrupted(), EXIT.interrupted, "interrupted before the first call\n"],
    [
      "options of the server",
      Object.assign(new Error("httpPort: too big"), { name: "ServerOptionsError" }),
      EXIT.usage,
      "httpPort: too big\n",
    ],
    ["something that is not an error", "odd", EXIT.setUp, "odd\n"],
  ])("%s", (_, error, code, text) => {
    expect(reportError(error)).toBe(code);
    expect(printed).toBe(text);
  });

  it("one that nobody expected keeps its stack", () => {
    expect(reportError(new TypeError("boom"))).toBe(EXIT.setUp);
    expect(printed).toContain("TypeError: boom");
    expect(printed).toContain("    at ");
  });
});

describe("a complaint of yargs in one line", () => {
  it.each([
    ["Unknown arguments: only-device, onlyDevice", "Unknown argument: only-device"],
    ["Unknown arguments: a, only-device, onlyDevice", "Unknown arguments: a, only-device"],
    ["Unknown argument: x", "Unknown argument: x"],
    [
      'Invalid values:\n  Argument: engine, Given: "x", Choices: "native", "k6"',
      '--engine: expected one of "native", "k6", got "x"',
    ],
    ["Not enough arguments following: rate", "--rate: needs a value"],
    ["Did you mean run?", "Did you mean run?"],
  ])("%s", (message, text) => {
    expect(usageProblem(message)).toBe(text);
  });
});
