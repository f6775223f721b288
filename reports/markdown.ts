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
import type { GateCourse } from "./gate-course.ts";
import {
  clip,
  codeCell,
  escapeMarkdown,
  fitSections,
  type Section,
  shellBlock,
  tableSection,
} from "./markdown-text.ts";
import { escapeMarkup } from "./markup.ts";
import { plainStrings } from "./plain-strings.ts";
import { sparkline } from "./sparkline.ts";
import type { GateResult, Summary } from "./summary-schema.ts";
import { SIGN, worstFirst } from "./verdict-order.ts";

/** What GitHub takes: a comment of 64 KB, a job summary of 1,024 KiB for each step. */
export const COMMENT_BYTES = 65_536;
export const JOB_SUMMARY_BYTES = 1_048_576;
/** Every report fits into this, with rows left out. */
export const LEAST_MARKDOWN_BYTES = 8_192;

const MAX_GATES = 20;
const MAX_REASONS = 10;
const MAX_NAME = 120;

export interface MarkdownOptions {
  /** Most bytes of UTF-8, at least LEAST_MARKDOWN_BYTES, by default those of a comment. What does not fit is left out by whole rows, and counted. */
  readonly limitBytes: number;
  /** How failed Gates went over the run, by their text; a Gate without one has no sparkline. */
  readonly courses: ReadonlyMap<string, GateCourse>;
}

/** `report.md` of a run. */
export function renderMarkdown(summary: Summary, options: Partial<MarkdownOptions> = {}): string {
  const { limitBytes, courses } = { limitBytes: COMMENT_BYTES, courses: new Map<string, GateCourse>(), ...options };
  const shown = plainStrings(summary);
  const course = new Map([...courses].map(([text, one]) => [plainStrings(text), one]));
  const gates = worstFirst(shown.gates);
  const sections = [
    verdictSection(shown),
    settingSection(shown),
    ...gateSections(gates),
    failureSection(gates.slice(0, MAX_GATES), course),
    figureSection(shown),
    listSection("events", eventLines(shown)),
    latencySection(shown),
    ...clientCallSections(shown),
    healthSection(shown),
    { ...single("the command", shellBlock(summary.command)), head: "Run again:", joint: "\n\n" as const },
  ];
  return fitSections(sections, limitBytes);
}

function verdictSection({ verdict, scenario, reasons }: Summary): Section {
  const name = escapeMarkdown(scenario, MAX_NAME);
  const head = `${SIGN[verdict]} **${verdict.toUpperCase()}** — ${name}: ${escapeMarkdown(reasons[0] ?? "")}`;
  const rows = reasons.slice(1, MAX_REASONS).map((reason) => `- ${escapeMarkdown(reason)}`);
  const omitted = Math.max(0, reasons.length - MAX_REASONS);
  return { head: `${head}\n`, rows, joint: "\n", what: "reasons", omitted };
}

function settingSection({ engine, seed, window, target, host }: Summary): Section {
  const run = `${engine} · seed ${codeCell(seed)} · ${formatSeconds(window.durationS)} · ${window.startedAt} · ${escapeMarkdown(target)}`;
  const machine = `rpcfleet ${escapeMarkdown(host.rpcfleet)} on ${escapeMarkdown(host.cpu)} (${host.cores} cores), Node ${escapeMarkdown(host.node)}`;
  return single("the settings of the run", `${run} · ${machine}`);
}

function gateSections(gates: readonly GateResult[]): Section[] {
  if (gates.length === 0) return [];
  const rows = gates
    .slice(0, MAX_GATES)
    .map(({ text, observedText, limitText, margin, verdict, reason }) => [
      `${SIGN[verdict]} ${verdict}`,
      codeCell(text),
      escapeMarkdown(observedText),
      escapeMarkdown(limitText),
      formatMargin(margin),
      verdict === "pass" || verdict === "fail" ? "" : escapeMarkdown(reason),
    ]);
  const heading = ["verdict", "gate", "observed", "limit", "margin", "why"];
  return [tableSection("gates", heading, rows, Math.max(0, gates.length - MAX_GATES))];
}

/** One collapsed block a failed Gate: what was seen, and how it went over the run. */
function failureSection(gates: readonly GateResult[], courses: MarkdownOptions["courses"]): Section {
  const failed = gates.filter(({ verdict }) => verdict === "fail");
  const rows = failed.map(({ text, reason }) => {
    const title = `${SIGN.fail} <code>${escapeMarkup(clip(text))}</code>`;
    const course = courses.get(text);
    const body = [escapeMarkdown(reason), ...(course === undefined ? [] : [courseLine(course)])].join("\n\n");
    return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
  });
  return { head: "", rows, joint: "\n\n", what: "details of failed gates", omitted: 0 };
}

function courseLine({ values, slotUs, unit }: GateCourse): string {
  const top = Math.max(...values.filter((value) => value !== undefined));
  const slots = `${values.length} slots of ${formatQuantity(slotUs, "us")} by planned start`;
  return `\`${sparkline(values, { gap: "·" })}\` 0 to ${formatQuantity(top, unit)}; ${slots}; · where there are too few calls`;
}

function figureSection(summary: Summary): Section {
  const { throughput, strays, violations, health } = summary;
  const { late, duplicate, unknown, source } = strays;
  const knee = kneeSentence(summary);
  const telling = health.rows.filter(({ verdict }) => verdict !== "healthy");
  const why =
    telling.length === 0
      ? `${health.rows.length} of ${health.rows.length} checks`
      : `${telling.length} of ${health.rows.length} checks are not healthy`;
  const lines = [
    `**Health of the load generator:** ${health.verdict} (${why})`,
    `**Calls:** ${sumLine(summary)}`,
    `**Throughput:** ${formatRate(throughput.achievedPerS)} ok of ${formatRate(throughput.offeredPerS)} offered`,
    `**Fleet:** ${fleetLine(summary)}`,
    `**Strays:** late ${formatCount(late)}, duplicate ${formatCount(duplicate)}, unknown ${formatCount(unknown)} (${source}); wrong replies ${formatCount(violations.replyIntegrity)}`,
    ...(knee === undefined ? [] : [`**Knee:** ${knee}`]),
  ];
  return { ...single("", ""), head: lines.join("\n\n"), rows: [] };
}

function latencySection(summary: Summary): Section {
  const rows = percentileRows(summary).map(({ label, n, cells }) => [label, formatCount(n), ...cells]);
  return tableSection("series", ["ms", "n", ...COLUMNS.map(([, name]) => name)], rows);
}

function clientCallSections({ clientCalls }: Summary): Section[] {
  if (clientCalls === undefined) return [];
  const heading = ["ms", "n", ...COLUMNS.map(([, name]) => name)];
  return [
    single("the devices' own calls", `**Devices' own calls:** ${clientSumLine(clientCalls)}`),
    tableSection("series of the devices' own calls", heading, clientPercentileRows(clientCalls)),
  ];
}

function healthSection({ health }: Summary): Section {
  const rows = health.rows.map((row) => [
    escapeMarkdown(row.name),
    formatQuantity(row.value, row.unit),
    formatLimit(row),
    row.verdict,
    escapeMarkdown(row.detail ?? ""),
  ]);
  const heading = [`health: ${health.verdict}`, "value", "limit", "verdict", "in detail"];
  return tableSection("checks of the load generator", heading, rows);
}

function listSection(what: string, lines: readonly string[]): Section {
  return { head: "", rows: lines.map((line) => `- ${escapeMarkdown(line)}`), joint: "\n", what, omitted: 0 };
}

function single(what: string, row: string): Section {
  return { head: "", rows: [row], joint: "\n", what, omitted: 0 };
}
