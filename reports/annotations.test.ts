/** Annotations as a runner of GitHub reads them: a command a line, its properties and its text unescapedd. */
import { describe, expect, it } from "vitest";
import { renderAnnotations } from "./annotations.ts";
import { fixtureRecord } from "./fixture.ts";
import { summarize } from "./summary.ts";
import type { Summary } from "./summary-schema.ts";

interface Annotation {
  readonly level: string;
  readonly title: string;
  readonly message: string;
}

const unescaped = (text: string): string =>
  text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");

function read(text: string): Annotation[] {
  if (text === "") return [];
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => {
      const match = /^::(error|warning) title=([^,:]*)::(.*)$/.exec(line);
      if (match === null) throw new Error(`no command: ${line}`);
      return {
        level: match[1] as string,
        title: unescaped(match[2] as string),
        message: unescaped(match[3] as string),
      };
    });
}

const summaryOf = (gates: readonly string[], more: Partial<Summary> = {}): Summary => ({
  ...summarize(fixtureRecord({ timeoutEvery: 50, gates })),
  ...more,
});

describe("annotations", () => {
  it("a run that passed has none", () => {
    expect(renderAnnotations(summaryOf(["timeouts <= 5%"]))).toBe("");
  });

  it("name the scenario, the gate and what was observed, the worst first; doubt is a warning", () => {
    const summary = summaryOf(["p99.9(rtt) < 1s", "timeouts <= 1%", "timeouts == 0", "timeouts <= 0.5%", "ok >= 1%"]);
    expect(read(renderAnnotations(summary))).toEqual([
      {
        level: "error",
        title: "rpcfleet two-way-latency: gate failed",
        message: "timeouts == 0: observed 20, wanted == 0",
      },
      expect.objectContaining({ message: "timeouts <= 0.5%: observed 2 %, wanted <= 0.5 %" }),
      expect.objectContaining({ message: "timeouts <= 1%: observed 2 %, wanted <= 1 %" }),
      expect.objectContaining({ level: "warning", title: "rpcfleet two-way-latency: gate cannot be judged" }),
    ]);
  });

  it("a broken invariant comes before every gate", () => {
    const gates = ["timeouts == 0"];
    const violations = { replyIntegrity: 3, provokedBy: [] };
    const unbalanced = { accounting: { balanced: false, sum: 999 } };
    const titles = read(renderAnnotations(summaryOf(gates, { violations, ...unbalanced }))).map(({ title }) => title);
    expect(titles).toEqual(
      ["the books do not balance", "wrong replies", "gate failed"].map((title) => `rpcfleet two-way-latency: ${title}`),
    );
  });

  it.each([
    [9, 9, undefined],
    [10, 10, "1 more, in the report"],
    [250, 10, "241 more, in the report"],
  ])("of %i failed gates there are %i lines", (failed, lines, last) => {
    const read_ = read(
      renderAnnotations(summaryOf(Array.from({ length: failed }, (_, n) => `timeouts <= ${n / 1_000}%`))),
    );
    expect(read_).toHaveLength(lines);
    if (last !== undefined) expect(read_.at(-1)?.message).toBe(last);
  });

  it("a run without a gate that failed says why it is invalid", () => {
    const empty = summarize(fixtureRecord({ rates: [] }));
    expect(read(renderAnnotations(empty)).map(({ message }) => message)).toContain(empty.reasons[0]);
    const cut = summarize(fixtureRecord({ totals: { interrupted: true } }));
    expect(read(renderAnnotations(cut))[0]).toMatchObject({
      level: "warning",
      title: expect.stringContaining("interrupted"),
    });
    const late = summarize(fixtureRecord({ sendLag: 400_000 }));
    expect(read(renderAnnotations(late))[0]).toMatchObject({ message: expect.stringContaining("send lag p99") });
  });

  it("no text becomes a command or a property of its own", () => {
    const [gate] = summaryOf(["timeouts == 0"]).gates;
    const text = "100%,title=x::\n::error::owned\r\n%0A::stop";
    const annotations = read(
      renderAnnotations(
        summaryOf(["timeouts == 0"], { scenario: text, gates: [{ ...(gate as Summary["gates"][0]), text }] }),
      ),
    );
    expect(annotations).toHaveLength(1);
    expect(annotations[0]?.title).toBe("rpcfleet 100%,title=x:: ::error::owned %0A::stop: gate failed");
    expect(annotations[0]?.message).toMatch(/^100%,title=x:: ::error::owned %0A::stop: observed 20/);
  });
});
