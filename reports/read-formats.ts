/** For tests: what each format says of a run, read back from its text alone. */
import { formatCount, formatMs, formatQuantity } from "./format.ts";
import { readOpenMetrics } from "./strict-open-metrics.ts";
import { labelsOf, type OtlpMetric, readOtlp } from "./strict-otlp.ts";
import { readXml } from "./strict-xml.ts";
import type { Distribution, Summary, Unit } from "./summary-schema.ts";

/** Figures as people read them, so that those of all formats compare. */
export interface Reading {
  readonly verdict: string;
  /** A percentile row: n, then the cells from min to mean in milliseconds. */
  readonly row: (label: string) => string[];
  /** Planned Calls as the sum of their Outcomes. */
  readonly counts: string;
  readonly gate: (text: string) => { readonly verdict: string; readonly observed: string };
  readonly health: string;
  /** What a check of the load generator saw. */
  readonly check: (name: string) => string;
}

const cut = (line: string | undefined): string[] =>
  (line ?? "")
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

export function readText(text: string): Reading {
  const lines = text.split("\n").map((line) => line.trim().split(/ {2,}/));
  const starting = (word: string): string[] => lines.find(([first]) => first === word) ?? [];
  const gate = (wanted: string): string[] => lines.find(([, second]) => second === wanted) ?? [];
  return {
    verdict: (lines[0]?.[0] ?? "").toLowerCase(),
    row: (label) => starting(label).slice(1),
    counts: starting("calls")[1] ?? "",
    gate: (wanted) => ({
      verdict: (gate(wanted)[0] ?? "").toLowerCase(),
      observed: (gate(wanted)[2] ?? "").replace("observed ", ""),
    }),
    health: starting("health")[1] ?? "",
    check: (name) => starting(name)[1] ?? "",
  };
}

export function readMarkdown(markdown: string): Reading {
  const lines = markdown.split("\n");
  const row = (start: string): string[] => cut(lines.find((line) => line.startsWith(`| ${start} |`)));
  const gate = (text: string): string[] => cut(lines.find((line) => line.includes(`| \`${text}\` |`)));
  return {
    verdict: /\*\*(\w+)\*\*/.exec(lines[0] ?? "")?.[1]?.toLowerCase() ?? "",
    row: (label) => row(label).slice(1),
    counts: lines.find((line) => line.startsWith("**Calls:**"))?.slice("**Calls:** ".length) ?? "",
    gate: (text) => ({ verdict: gate(text)[0]?.split(" ")[1] ?? "", observed: gate(text)[2] ?? "" }),
    health: /\*\*Health of the load generator:\*\* (\w+)/.exec(markdown)?.[1] ?? "",
    check: (name) => row(name)[1] ?? "",
  };
}

export function readJunit(xml: string): Reading {
  const [suite] = readXml(xml).children;
  if (suite === undefined) throw new Error("no suite");
  const properties = (of: typeof suite): Map<string, string> =>
    new Map(
      (of.children.find(({ name }) => name === "properties")?.children ?? []).map(({ attributes }) => [
        attributes.name ?? "",
        attributes.value ?? "",
      ]),
    );
  const figures = properties(suite);
  const testcase = (name: string): typeof suite => {
    const found = suite.children.find((one) => one.attributes.name === name);
    if (found === undefined) throw new Error(`no case ${name}`);
    return found;
  };
  return {
    verdict: figures.get("verdict") ?? "",
    row: (label) => {
      const [n, ...cells] = (figures.get(`${label} (ms)`) ?? "").split(" | ");
      return [formatCount(Number(n)), ...cells];
    },
    counts: figures.get("counts") ?? "",
    gate: (text) => ({
      // What is in trouble says its verdict; a case without is one that passed.
      verdict: testcase(text).children.at(-1)?.attributes.type ?? "pass",
      observed: properties(testcase(text)).get("observed") ?? "",
    }),
    health: figures.get("health") ?? "",
    check: (name) => properties(testcase("the load generator is healthy")).get(name) ?? "",
  };
}

/** Text of HTML without its markup. */
export const plainText = (markup: string): string =>
  markup
    .replace(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

export function readHtml(html: string): Reading {
  const rows = [...html.matchAll(/<tr(?: class="head")?>(.*?)<\/tr>/g)].map(([, row]) =>
    [...(row ?? "").matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => plainText(cell ?? "")),
  );
  const row = (first: string): string[] => rows.find(([cell]) => cell === first) ?? [];
  return {
    verdict: /<div class="word" role="status">(\w+)/.exec(html)?.[1]?.toLowerCase() ?? "",
    row: (label) => row(label).slice(1),
    counts: plainText(/<p class="sum">(.*?)<\/p>/.exec(html)?.[1] ?? ""),
    gate: (text) => ({ verdict: row(text)[5] ?? "", observed: row(text)[1] ?? "" }),
    health: plainText(/Load generator health(.*?)<\/h2>/.exec(html)?.[1] ?? "").trim(),
    check: (name) => row(name)[1] ?? "",
  };
}

const KEYS: Readonly<Record<string, keyof Summary & `${string}Us`>> = {
  "response time": "responseTimeUs",
  "… with timeouts": "responseTimeAllUs",
  "service time": "serviceTimeUs",
  "send lag": "sendLagUs",
  overhead: "overheadUs",
  "device time": "deviceTimeUs",
  "reply lag": "replyLagUs",
};
const COLUMNS = ["min", "p50", "p90", "p95", "p99", "p999", "max", "mean"] as const;

export function readJson(json: string): Reading {
  const { counts, verdict, gates, health, ...rest } = JSON.parse(json) as Summary;
  const { planned, sent: _, ...outcomes } = counts;
  const gate = (text: string) => gates.find((one) => one.text === text);
  const check = (name: string) => health.rows.find((row) => row.name === name);
  return {
    verdict,
    row: (label) => {
      const one = rest[KEYS[label] as keyof typeof rest] as unknown as Distribution;
      return [formatCount(one.n), ...COLUMNS.map((key) => formatMs(one[key]))];
    },
    counts: sumOf(planned, Object.entries(outcomes)),
    gate: (text) => ({
      verdict: gate(text)?.verdict ?? "",
      observed: formatQuantity(gate(text)?.observed ?? null, gate(text)?.unit ?? "count"),
    }),
    health: health.verdict,
    check: (name) => formatQuantity(check(name)?.value ?? null, check(name)?.unit ?? "count"),
  };
}

/** A figure of a metric: its name without the project's prefix, its labels, and for a quantile the share. */
interface Figure {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function readOpenMetricsText(text: string): Reading {
  return readFigures(
    readOpenMetrics(text).map(({ family, suffix, labels, value }) => ({
      name: `${family.replace(/^rpcfleet_/, "").replace(/_seconds$/, "")}${suffix === "_count" ? "_count" : ""}`,
      labels: labels.quantile === undefined ? labels : { ...labels, quantile: String(Number(labels.quantile)) },
      value,
    })),
  );
}

export function readOtlpText(text: string): Reading {
  return readFigures([...readOtlp(text).values()].flatMap(figuresOf));
}

function figuresOf(metric: OtlpMetric): Figure[] {
  const name = metric.name.replace(/^rpcfleet\./, "");
  if ("sum" in metric)
    return metric.sum.dataPoints.map((one) => ({ name, labels: labelsOf(one), value: Number(one.asInt) }));
  if ("gauge" in metric)
    return metric.gauge.dataPoints.map((one) => ({ name, labels: labelsOf(one), value: one.asDouble }));
  if (!("summary" in metric)) return [];
  return metric.summary.dataPoints.flatMap((one) => [
    { name: `${name}_count`, labels: labelsOf(one), value: Number(one.count) },
    ...one.quantileValues.map(({ quantile, value }) => ({ name, labels: { quantile: String(quantile) }, value })),
  ]);
}

const METRICS: Readonly<Record<string, string>> = {
  "response time": "response_time",
  "… with timeouts": "response_time_with_timeouts",
  "service time": "service_time",
  "send lag": "send_lag",
  overhead: "overhead",
  "device time": "device_time",
  "reply lag": "reply_lag",
};
const SHARES = ["0", "0.5", "0.9", "0.95", "0.99", "0.999", "1"];

function readFigures(figures: readonly Figure[]): Reading {
  const find = (name: string, labels: Readonly<Record<string, string>> = {}): Figure | undefined =>
    figures.find(
      (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
    );
  const ms = (figure: Figure | undefined): string =>
    formatMs(figure === undefined ? null : Math.round(figure.value * 1e6));
  const quantity = (figure: Figure | undefined): string => {
    if (figure === undefined) return formatQuantity(null, "count");
    const { unit } = figure.labels;
    return unit === "seconds" ? `${ms(figure)} ms` : formatQuantity(figure.value, unit as Unit);
  };
  const outcomes = figures.filter(({ name }) => name === "calls");
  return {
    verdict: find("run_verdict")?.labels.verdict ?? "",
    row: (label) => {
      const name = METRICS[label] ?? "";
      const quantiles = SHARES.map((quantile) => ms(find(name, { quantile })));
      return [formatCount(find(`${name}_count`)?.value ?? -1), ...quantiles, ms(find(`${name}_mean`))];
    },
    counts: sumOf(
      find("planned_calls")?.value ?? -1,
      outcomes.map(({ labels, value }) => [labels.outcome ?? "", value]),
    ),
    gate: (gate) => ({
      verdict: find("gate_verdict", { gate })?.labels.verdict ?? "",
      observed: quantity(find("gate_observed", { gate })),
    }),
    health: find("health_verdict")?.labels.verdict ?? "",
    check: (check) => quantity(find("health_check_value", { check })),
  };
}

function sumOf(planned: number, outcomes: readonly (readonly [string, number])[]): string {
  const parts = outcomes.filter(([, count]) => count > 0).map(([name, count]) => `${formatCount(count)} ${name}`);
  return `${formatCount(planned)} planned = ${parts.length === 0 ? "0" : parts.join(" + ")}`;
}
