/** JUnit XML as a build server reads it: strictly, by its elements, with totals that agree with them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixtureRecord } from "./fixture.ts";
import { renderJunit } from "./junit.ts";
import { readXml, type XmlElement } from "./strict-xml.ts";
import { summarize } from "./summary.ts";
import type { Summary } from "./summary-schema.ts";

const GATES = ["p99(rtt) < 250ms", "p99.9(rtt) < 1s", "timeouts <= 1%"];
const summary = summarize(fixtureRecord({ timeoutEvery: 50, gates: GATES }));

function suiteOf(xml: string): XmlElement {
  const root = readXml(xml);
  expect(root.name).toBe("testsuites");
  const [suite] = root.children;
  if (suite === undefined) throw new Error("no suite");
  return suite;
}

const casesOf = (suite: XmlElement): XmlElement[] => suite.children.filter(({ name }) => name === "testcase");
const troubleOf = (one: XmlElement): XmlElement[] => one.children.filter(({ name }) => name !== "properties");
const properties = (of: XmlElement): Record<string, string> =>
  Object.fromEntries(
    (of.children.find(({ name }) => name === "properties")?.children ?? []).map(({ attributes }) => [
      attributes.name,
      attributes.value,
    ]),
  );

/** The elements and attributes that readers of JUnit agree on, in their order. */
function checkShape(suite: XmlElement): void {
  expect(suite.children.map(({ name }) => name)).toEqual(["properties", ...casesOf(suite).map(() => "testcase")]);
  for (const one of casesOf(suite)) {
    expect(Object.keys(one.attributes)).toEqual(["classname", "name", "time"]);
    expect(troubleOf(one).length).toBeLessThanOrEqual(1);
    expect(["failure", "error", "skipped"]).toEqual(expect.arrayContaining(troubleOf(one).map(({ name }) => name)));
  }
  const count = (kind: string): string =>
    String(casesOf(suite).filter((one) => troubleOf(one).some(({ name }) => name === kind)).length);
  expect(suite.attributes).toMatchObject({
    tests: String(casesOf(suite).length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  });
}

describe("JUnit", () => {
  const suite = suiteOf(renderJunit(summary));

  it("has a suite for the scenario and a case for each gate and each thing that always holds", () => {
    checkShape(suite);
    expect(suite.attributes.name).toBe("two-way-latency");
    expect(casesOf(suite).map(({ attributes }) => [attributes.classname, attributes.name])).toEqual([
      ...GATES.map((text) => ["two-way-latency.gate", text]),
      ["two-way-latency.invariant", "every planned call has one outcome"],
      ["two-way-latency.invariant", "every reply belongs to its call"],
      ["two-way-latency.health", "the load generator is healthy"],
    ]);
  });

  it("tells what failed from what cannot be judged, with the figures of both and the window as time", () => {
    const [pass, undecided, fail] = casesOf(suite).map((one) => troubleOf(one)[0]);
    expect(pass).toBeUndefined();
    expect(undecided).toMatchObject({ name: "error", attributes: { message: summary.gates[1]?.reason } });
    expect(fail).toMatchObject({ name: "failure", text: "observed 2 %, wanted <= 1 %" });
    expect(properties(casesOf(suite)[2] as XmlElement)).toMatchObject({ observed: "2 %", limit: "<= 1 %" });
    expect(casesOf(suite)[2]?.attributes.time).toBe("10.000");
  });

  it("has the interval of a figure that is not a plain fact", () => {
    const [first, ...rest] = summary.gates;
    const bounded = { ...(first as (typeof rest)[0]), low: 90_000, high: 101_000 };
    const [gate, plain] = casesOf(suiteOf(renderJunit({ ...summary, gates: [bounded, ...rest] })));
    expect(properties(gate as XmlElement).interval).toBe("90.00 ms to 101.0 ms");
    expect(properties(plain as XmlElement)).not.toHaveProperty("interval");
  });

  it("has what cannot be judged as skipped where the build server is to take it so", () => {
    const skipping = suiteOf(renderJunit(summary, "skipped"));
    checkShape(skipping);
    expect(skipping.attributes).toMatchObject({ failures: "1", errors: "0", skipped: "1" });
  });

  it("is read strictly whatever a scenario and a gate are called", () => {
    const hostile = fc.string({ unit: "binary", maxLength: 12 });
    const ugly = fc.array(
      fc.oneof(hostile, fc.constantFrom("]]>", "<!--", "&#0;", "\u0000", "\ud800", "\uffff", '"', "\u001b[31m")),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(ugly, ugly, (scenario, gate) => {
        const [first, ...rest] = summary.gates;
        const named: Summary = {
          ...summary,
          scenario: scenario.join(""),
          gates: [{ ...(first as (typeof rest)[0]), text: gate.join(""), reason: gate.join("") }, ...rest],
        };
        checkShape(suiteOf(renderJunit(named)));
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
