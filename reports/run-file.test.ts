import { expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { decodeRunFile, encodeRunFile } from "./run-file.ts";

it("kinds of calls are kept, and a run from before there were several is read as having told of none", () => {
  const kinds = [{ name: "read", method: "getValue", type: "two-way", timeout: 5_000_000 }] as const;
  const text = encodeRunFile(fixtureRecord({ facts: { kinds } }));
  expect(decodeRunFile(text)).toMatchObject({ facts: { kinds } });
  const old = JSON.parse(text);
  delete old.facts.kinds;
  expect(decodeRunFile(JSON.stringify(old))).toMatchObject({ facts: { kinds: [] } });
});
