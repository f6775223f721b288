/**
 * The Summary as JUnit XML: one suite per scenario, one case per Gate and one for each thing that must always hold. A failed case
 * is a `failure`; one that cannot be judged is an `error`, so that a build server tells the two apart.
 */
import { fleetLine, formatLimit, formatMargin, formatQuantity, formatRate, percentileRows, sumLine } from "./format.ts";
import { element, escapeMarkup } from "./markup.ts";
import type { Summary } from "./summary-schema.ts";

interface TestCase {
  readonly name: string;
  readonly group: "gate" | "invariant" | "health";
  readonly verdict: "pass" | "fail" | "invalid";
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** `junit.xml` of a run. */
export function renderJunit(summary: Summary): string {
  const cases = [...gateCases(summary), accountingCase(summary), integrityCase(summary), healthCase(summary)];
  const count = (verdict: TestCase["verdict"]): number => cases.filter((one) => one.verdict === verdict).length;
  const time = summary.window.durationS.toFixed(3);
  const totals = { tests: cases.length, failures: count("fail"), errors: count("invalid"), skipped: 0, time };
  const content = [
    properties(suiteProperties(summary)),
    ...cases.map((one) => renderCase(one, summary.scenario, time)),
  ].join("");
  const timestamp = summary.window.startedAt.replace(/\.\d+Z$/, "");
  const suite = element("testsuite", { name: summary.scenario, ...totals, timestamp }, content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", { name: "rpcfleet", ...totals }, suite)}\n`;
}

function gateCases({ gates }: Summary): TestCase[] {
  return gates.map(({ text, observedText, limitText, margin, verdict, reason }) => ({
    name: text,
    group: "gate",
    verdict,
    message: reason,
    properties: { observed: observedText, limit: limitText, margin: formatMargin(margin) },
  }));
}

function accountingCase(summary: Summary): TestCase {
  const verdict = summary.accounting.balanced ? "pass" : "fail";
  return {
    name: "every planned call has one outcome",
    group: "invariant",
    verdict,
    message: sumLine(summary),
    properties: {},
  };
}

function integrityCase({ violations, counts }: Summary): TestCase {
  const wrong = violations.replyIntegrity;
  return {
    name: "every reply belongs to its call",
    group: "invariant",
    verdict: wrong === 0 || violations.provokedBy.length > 0 ? "pass" : "fail",
    message: `${wrong} of ${counts.sent} calls ${wrong === 1 ? "was" : "were"} given the reply of another call`,
    properties: { observed: String(wrong), limit: "== 0" },
  };
}

function healthCase({ health }: Summary): TestCase {
  const bad = health.rows.filter((row) => row.verdict !== "healthy");
  const rows = bad.map((row) => `${row.name} ${formatQuantity(row.value, row.unit)} (${formatLimit(row)})`);
  return {
    name: "the load generator is healthy",
    group: "health",
    verdict: health.verdict === "invalid" ? "invalid" : "pass",
    message: `${health.verdict}: ${rows.join("; ")}`,
    properties: Object.fromEntries(health.rows.map((row) => [row.name, formatQuantity(row.value, row.unit)])),
  };
}

function suiteProperties(summary: Summary): Record<string, string> {
  const { engine, seed, target, verdict, command, throughput } = summary;
  const figures: Record<string, string> = {
    verdict,
    engine,
    seed,
    target,
    command,
    counts: sumLine(summary),
    fleet: fleetLine(summary),
  };
  figures.achieved = formatRate(throughput.achievedPerS);
  for (const { label, n, cells } of percentileRows(summary)) figures[`${label} (ms)`] = [n, ...cells].join(" | ");
  return figures;
}

function renderCase(one: TestCase, scenario: string, time: string): string {
  const attributes = { classname: `${scenario}.${one.group}`, name: one.name, time };
  const listed = Object.keys(one.properties).length === 0 ? "" : properties(one.properties);
  const kind = { pass: undefined, fail: "failure", invalid: "error" }[one.verdict];
  const trouble =
    kind === undefined ? "" : element(kind, { message: one.message, type: one.verdict }, escapeMarkup(one.message));
  return element("testcase", attributes, listed + trouble);
}

function properties(values: Readonly<Record<string, string>>): string {
  const content = Object.entries(values).map(([name, value]) => element("property", { name, value }));
  return element("properties", {}, content.join(""));
}
