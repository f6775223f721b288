/** The Summary as one terminal screen: the verdict first, the command to run again last. */

import {
  COLUMNS,
  clientPercentileRows,
  clientSumLine,
  eventLines,
  fleetLine,
  formatCount,
  formatLimit,
  formatMargin,
  formatQuantity,
  formatRate,
  formatSeconds,
  formatShare,
  kneeSentence,
  percentileRows,
  sumLine,
} from "./format.ts";
import { plainStrings } from "./plain-strings.ts";
import type { Summary } from "./summary-schema.ts";
import { telemetryText } from "./telemetry-text.ts";
import { certaintyLine } from "./uncertainty.ts";

export interface TextOptions {
  /** True to colour verdicts with ANSI escapes. */
  readonly colours: boolean;
  /** Path of the HTML report, to be named at the end; undefined when none was written. */
  readonly report: string | undefined;
}

type Verdict = "pass" | "fail" | "unclear" | "invalid" | "healthy" | "suspect";
const COLOUR: Readonly<Record<Verdict, number>> = {
  pass: 32,
  healthy: 32,
  fail: 31,
  unclear: 33,
  invalid: 35,
  suspect: 33,
};
const MAX_REASONS = 4;
const MAX_STEPS = 12;

/** The terminal summary; lines end in \n, the text in one too. */
export function renderText(given: Summary, options: TextOptions): string {
  // A text of a scenario must not reach the terminal, or the build server that reads along, as a command of its own.
  const summary = plainStrings(given);
  const paint = (verdict: Verdict, text: string): string =>
    options.colours ? `\u001b[1;${COLOUR[verdict]}m${text}\u001b[0m` : text;
  const blocks = [
    headBlock(summary, paint),
    healthBlock(summary, paint),
    countBlock(summary),
    latencyBlock(summary),
    clientCallBlock(summary),
    loadBlock(summary),
    gateBlock(summary, paint),
    tailBlock(summary, options.report),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

type Paint = (verdict: Verdict, text: string) => string;

function headBlock(summary: Summary, paint: Paint): string[] {
  const { scenario, engine, seed, window, verdict, reasons } = summary;
  const word = paint(verdict, verdict.toUpperCase());
  const lines = [
    `${word}  ${scenario} · ${engine} · seed ${seed} · ${formatSeconds(window.durationS)} · ${window.startedAt}`,
  ];
  for (const reason of reasons.slice(0, MAX_REASONS)) lines.push(`  ${reason}`);
  if (reasons.length > MAX_REASONS) lines.push(`  … and ${reasons.length - MAX_REASONS} more, in the report`);
  return lines;
}

function healthBlock({ health }: Summary, paint: Paint): string[] {
  const rows = health.rows.map((row) => [
    row.name,
    formatQuantity(row.value, row.unit),
    formatLimit(row),
    row.verdict === "healthy" ? "" : paint(row.verdict, row.verdict),
    row.detail ?? "",
  ]);
  return [`health  ${paint(health.verdict, health.verdict)}`, ...table(rows, "lrlll")];
}

function countBlock(summary: Summary): string[] {
  const { strays, requests, violations } = summary;
  const strayText = `${formatCount(strays.late)} late, ${formatCount(strays.duplicate)} duplicate, ${formatCount(strays.unknown)} unknown`;
  const lines = [`calls   ${sumLine(summary)}`, `strays  ${strayText} (as the ${strays.source} saw them)`];
  if (requests.foreign + requests.repeated > 0) {
    lines.push(
      `devices received ${formatCount(requests.foreign)} foreign and ${formatCount(requests.repeated)} repeated requests`,
    );
  }
  if (violations.replyIntegrity > 0) lines.push(`WRONG REPLIES: ${formatCount(violations.replyIntegrity)}`);
  return lines;
}

function latencyBlock(summary: Summary): string[] {
  const heading = ["ms", "n", ...COLUMNS.map(([, name]) => name)];
  const rows = percentileRows(summary).map(({ label, n, cells }) => [label, formatCount(n), ...cells]);
  const columns = `l${"r".repeat(heading.length - 1)}`;
  const certainty = certaintyLine(summary);
  return [
    ...table([heading, ...rows], columns),
    ...(certainty === undefined ? [] : [`  response time, 95 %: ${certainty}`]),
    ...(summary.steadiness?.verdict === "no steady state" ? [`  no steady state: ${summary.steadiness.reason}`] : []),
    "  response time counts from the planned start; – = too few samples to tell",
  ];
}

function clientCallBlock({ clientCalls }: Summary): string[] {
  if (clientCalls === undefined) return [];
  const heading = ["ms", "n", ...COLUMNS.map(([, name]) => name)];
  const rows = [heading, ...clientPercentileRows(clientCalls)];
  return [`devices' own calls  ${clientSumLine(clientCalls)}`, ...table(rows, `l${"r".repeat(heading.length - 1)}`)];
}

function loadBlock(summary: Summary): string[] {
  const { throughput, steps, fleet } = summary;
  const achieved = `achieved ${formatRate(throughput.achievedPerS)} ok of ${formatRate(throughput.offeredPerS)} offered`;
  const lines = [`load    ${achieved}`, `fleet   ${fleetLine(summary)}`];
  const { telemetry } = fleet;
  if (telemetry !== undefined) lines.push(`telemetry  ${telemetryText(telemetry)}`);
  const fired = fleet.faults.map(({ name, matched, fired }) =>
    matched === 0
      ? `${name} had nothing to act on`
      : `${name} fired on ${formatCount(fired)} of ${formatCount(matched)}`,
  );
  if (fired.length > 0) lines.push(`faults  ${fired.join(", ")}`);
  for (const [index, line] of eventLines(summary).entries())
    lines.push(`${index === 0 ? "events" : "      "}  ${line}`);
  const knee = kneeSentence(summary);
  if (knee !== undefined) lines.push(`knee    ${knee}`);
  if (steps.length > 1) {
    const rows = steps
      .slice(0, MAX_STEPS)
      .map((step) => [
        step.rate === null ? "closed" : formatRate(step.rate),
        `achieved ${formatRate(step.achievedPerS)}`,
        `ok ${step.planned === 0 ? "–" : formatShare(step.ok / step.planned)}`,
        `p99 ${formatQuantity(step.p99, "us")}`,
        step.holds ? "holds" : (step.reason ?? ""),
      ]);
    lines.push(...table(rows, "rlrrl"));
    if (steps.length > MAX_STEPS) lines.push(`  … and ${steps.length - MAX_STEPS} more steps in the report`);
  }
  return lines;
}

function gateBlock({ gates }: Summary, paint: Paint): string[] {
  if (gates.length === 0) return [];
  const rows = gates.map((gate) => [
    paint(gate.verdict, gate.verdict.toUpperCase().padEnd(7)),
    gate.text,
    `observed ${gate.observedText}`,
    gate.verdict === "pass" || gate.verdict === "fail" ? `margin ${formatMargin(gate.margin)}` : gate.reason,
  ]);
  return ["gates", ...table(rows, "llll")];
}

function tailBlock({ command }: Summary, report: string | undefined): string[] {
  const again = `again   ${command}`;
  return report === undefined ? [again] : [`report  ${report}`, again];
}

/** Aligned columns, indented by two; `columns` has one letter per column, l or r. */
function table(rows: readonly (readonly string[])[], columns: string): string[] {
  const widths = [...columns].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      columns[column] === "r" ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}
