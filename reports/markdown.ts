/** The Summary as Markdown, for a job summary or a merge-request comment: line 1 is the verdict. */
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
  kneeSentence,
  percentileRows,
  sumLine,
} from "./format.ts";
import type { Summary } from "./summary-schema.ts";

const SIGN = { pass: "✅", fail: "❌", invalid: "⚠️" } as const;

/** `report.md` of a run. */
export function renderMarkdown(summary: Summary): string {
  const { scenario, verdict, reasons, engine, seed, window, target, host } = summary;
  const settings = `${engine} · seed \`${seed}\` · ${formatSeconds(window.durationS)} · ${window.startedAt} · ${escapeMarkdown(target)}`;
  const blocks = [
    `${SIGN[verdict]} **${verdict.toUpperCase()}** — ${escapeMarkdown(scenario)}: ${escapeMarkdown(reasons[0] ?? "")}`,
    reasons
      .slice(1)
      .map((reason) => `- ${escapeMarkdown(reason)}`)
      .join("\n"),
    `${settings} · rpcfleet ${escapeMarkdown(host.rpcfleet)} on ${escapeMarkdown(host.cpu)} (${host.cores} cores), Node ${escapeMarkdown(host.node)}`,
    ...gateBlock(summary),
    `**Calls:** ${sumLine(summary)}`,
    `**Throughput:** ${formatRate(summary.throughput.achievedPerS)} ok of ${formatRate(summary.throughput.offeredPerS)} offered`,
    `**Fleet:** ${fleetLine(summary)}`,
    eventBlock(summary),
    kneeBlock(summary),
    strayLine(summary),
    latencyTable(summary),
    ...clientCallBlock(summary),
    healthTable(summary),
    `Run again:\n\n\`\`\`sh\n${summary.command}\n\`\`\``,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function gateBlock({ gates }: Summary): string[] {
  if (gates.length === 0) return [];
  const rows = gates.map(({ text, observedText, limitText, margin, verdict, reason }) => [
    `${SIGN[verdict]} ${verdict}`,
    `\`${text.replaceAll("|", "\\|")}\``,
    observedText,
    escapeMarkdown(limitText),
    formatMargin(margin),
    verdict === "invalid" ? escapeMarkdown(reason) : "",
  ]);
  return [table(["verdict", "gate", "observed", "limit", "margin", "why"], rows)];
}

function eventBlock(summary: Summary): string {
  return eventLines(summary)
    .map((line) => `- ${escapeMarkdown(line)}`)
    .join("\n");
}

function kneeBlock(summary: Summary): string {
  const sentence = kneeSentence(summary);
  return sentence === undefined ? "" : `**Knee:** ${sentence}`;
}

function strayLine({ strays, violations }: Summary): string {
  const { late, duplicate, unknown, source } = strays;
  const wrong = `wrong replies ${formatCount(violations.replyIntegrity)}`;
  return `**Strays:** late ${formatCount(late)}, duplicate ${formatCount(duplicate)}, unknown ${formatCount(unknown)} (${source}); ${wrong}`;
}

function latencyTable(summary: Summary): string {
  const rows = percentileRows(summary).map(({ label, n, cells }) => [label, formatCount(n), ...cells]);
  return table(["ms", "n", ...COLUMNS.map(([, name]) => name)], rows);
}

function clientCallBlock({ clientCalls }: Summary): string[] {
  if (clientCalls === undefined) return [];
  const heading = ["ms", "n", ...COLUMNS.map(([, name]) => name)];
  return [`**Devices' own calls:** ${clientSumLine(clientCalls)}`, table(heading, clientPercentileRows(clientCalls))];
}

function healthTable({ health }: Summary): string {
  const rows = health.rows.map((row) => [row.name, formatQuantity(row.value, row.unit), formatLimit(row), row.verdict]);
  return table([`health: ${health.verdict}`, "value", "limit", "verdict"], rows);
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text of a scenario or a gate is data: it must not become markup or break a table. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, "\\$&");
}
