/** The terminal text is read by terminals, and by build servers line by line: no text of a scenario may command either. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { summarize } from "./summary.ts";
import { renderText } from "./text.ts";

const summary = summarize(fixtureRecord({ timeoutEvery: 50, gates: ["timeouts <= 1%"] }));
const lines = (text: string): string[] => text.split("\n");

it("has no control character and no line that a scenario's texts would begin, whatever they are", () => {
  const piece = fc.constantFrom(
    "\n",
    "\r\n",
    "\u2028",
    "\u001b[31m",
    "\u0007",
    "\u009b",
    "\u202e",
    "\t",
    "::error::owned",
    "a",
    " ",
  );
  const ugly = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const plain = renderText(summary, { colours: false, report: undefined });
  fc.assert(
    fc.property(ugly, (text) => {
      const gates = summary.gates.map((gate) => ({ ...gate, text }));
      const hostile = {
        ...summary,
        scenario: text,
        seed: text,
        command: text,
        reasons: [`Gate "${text}" failed.`],
        gates,
      };
      const written = renderText(hostile, { colours: false, report: undefined });
      expect(written.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(lines(written)).toHaveLength(lines(plain).length);
      for (const line of lines(written)) expect(line.trimStart()).not.toMatch(/^::/);
    }),
    { seed: 3, numRuns: 300 },
  );
});
