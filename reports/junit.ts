/**
 * The Summary as JUnit XML: one suite per scenario, one case per Gate and one for each thing that must always hold. A failed case
 * is a `failure`; one that cannot be judged is an `error`, so that a build server tells the two apart.
 */
import { fleetLine, formatLimit, formatMargin, formatQuantity, formatRate, percentileRows, sumLine } from "./format.ts";
import { element, escapeMarkup } from "./markup.ts";
import type { GateResult, Summary } from "./summary-schema.ts";

interface TestCase {
  readonly name: string;
  readonly group: "gate" | "invariant" | "health";
  readonly verdict: GateResult["verdict"];
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** What becomes of a case that cannot be judged: some build servers hold an `error` against the build, none a `skipped`. */
export const UNDECIDED = ["error", "skipped"] as const;
export type Undecided = (typeof UNDECIDED)[number];

/** `junit.xml` of a run. `time` is the window that the Gates were judged over, in seconds. */
export function renderJunit(summary: Summary, undecided: Undecided = "error"): string {
  const cases = [...gateCases(summary), accountingCase(summary), integrityCase(summary), healthCase(summary)];
  const kinds = cases.map(({ verdict }) => troubleOf(verdict, undecided));
  const count = (kind: "failure" | Undecided): number => kinds.filter((one) => one === kind).length;
  const time = summary.window.durationS.toFixed(3);
  const totals = {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time,
  };
  const content = [
    properties(suiteProperties(summary)),
    ...cases.map((one) => renderCase(one, { scenario: summary.scenario, time, undecided })),
  ].join("");
  const timestamp = summary.window.startedAt.replace(/\.\d+Z$/, "");
  const suite = element("testsuite", { name: summary.scenario, ...totals, timestamp }, content);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", { name: "rpcfleet", ...totals }, suite)}\n`;
}

function gateCases({ gates }: Summary): TestCase[] {
  return gates.map((gate) => ({
    name: gate.text,
    group: "gate",
    verdict: gate.verdict,
    message: gate.reason,
    properties: {
      observed: gate.observedText,
      limit: gate.limitText,
      margin: formatMargin(gate.margin),
      ...intervalOf(gate),
    },
  }));
}

/** What the figure may as well be; nothing for a plain fact, which is only itself. */
type Bounded = GateResult & { readonly low?: number | null; readonly high?: number | null };

function intervalOf({ low, high, unit }: Bounded): { readonly interval?: string } {
  if (typeof low !== "number" || typeof high !== "number" || low === high) return {};
  return { interval: `${formatQuantity(low, unit)} to ${formatQuantity(high, unit)}` };
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
  const { engine, seed, target, verdict, command, throughput, health } = summary;
  const figures: Record<string, string> = {
    verdict,
    engine,
    seed,
    target,
    command,
    health: health.verdict,
    counts: sumLine(summary),
    fleet: fleetLine(summary),
  };
  figures.achieved = formatRate(throughput.achievedPerS);
  for (const { label, n, cells } of percentileRows(summary)) figures[`${label} (ms)`] = [n, ...cells].join(" | ");
  return figures;
}

interface CasePlace {
  readonly scenario: string;
  readonly time: string;
  readonly undecided: Undecided;
}

function renderCase(one: TestCase, { scenario, time, undecided }: CasePlace): string {
  const attributes = { classname: `${scenario}.${one.group}`, name: one.name, time };
  const listed = Object.keys(one.properties).length === 0 ? "" : properties(one.properties);
  const kind = troubleOf(one.verdict, undecided);
  if (kind === undefined) return element("testcase", attributes, listed);
  const type = kind === "skipped" ? {} : { type: one.verdict };
  const trouble = element(kind, { message: one.message, ...type }, escapeMarkup(one.message));
  return element("testcase", attributes, listed + trouble);
}

function troubleOf(verdict: TestCase["verdict"], undecided: Undecided): "failure" | Undecided | undefined {
  if (verdict === "pass") return undefined;
  return verdict === "fail" ? "failure" : undecided;
}

function properties(values: Readonly<Record<string, string>>): string {
  const content = Object.entries(values).map(([name, value]) => element("property", { name, value }));
  return element("properties", {}, content.join(""));
}
