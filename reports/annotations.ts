/**
 * The Summary as workflow commands of GitHub Actions: one line for each thing that is wrong, the worst first. A step shows ten
 * errors and ten warnings at most, so there are nine lines here, and a tenth that counts the rest.
 */
import { formatCount, formatLimit, formatQuantity, sumLine } from "./format.ts";
import { plainStrings } from "./plain-strings.ts";
import type { Summary } from "./summary-schema.ts";
import { worstFirst } from "./verdict-order.ts";

const MOST = 9;

interface Finding {
  /** A failure is proof; what cannot be told is a warning. */
  readonly level: "error" | "warning";
  readonly title: string;
  readonly message: string;
}

/** The lines, each with its end; empty when the run passed. */
export function renderAnnotations(summary: Summary): string {
  if (summary.verdict === "pass") return "";
  const shown = plainStrings(summary);
  const found = findings(shown);
  const first: Finding = {
    level: shown.verdict === "fail" ? "error" : "warning",
    title: shown.verdict,
    message: shown.reasons[0] ?? "",
  };
  const listed = found.length === 0 ? [first] : found;
  const rest = listed.slice(MOST);
  const more: Finding[] =
    rest.length === 0
      ? []
      : [{ level: (rest[0] as Finding).level, title: "and more", message: `${rest.length} more, in the report` }];
  return [...listed.slice(0, MOST), ...more].map((one) => command(one, shown.scenario)).join("");
}

/** Violated invariants, failed Gates, Gates that cannot be told, then what voids the run. */
function findings(summary: Summary): Finding[] {
  const { accounting, violations, gates, health, interrupted, counts } = summary;
  const found: Finding[] = [];
  const add = (level: Finding["level"], title: string, message: string): void =>
    void found.push({ level, title, message });
  if (!accounting.balanced) add("error", "the books do not balance", sumLine(summary));
  if (violations.replyIntegrity > 0 && violations.provokedBy.length === 0)
    add(
      "error",
      "wrong replies",
      `${formatCount(violations.replyIntegrity)} calls were given the reply of another call`,
    );
  for (const { text, verdict, reason } of worstFirst(gates)) {
    if (verdict === "fail") add("error", "gate failed", `${text}: ${reason}`);
    else if (verdict !== "pass") add("warning", "gate cannot be judged", `${text}: ${reason}`);
  }
  if (counts.planned === 0) add("warning", "nothing to judge", "No calls were planned, so there is nothing to judge.");
  if (interrupted) add("warning", "interrupted", "The run was interrupted before its plan was through");
  for (const row of health.rows.filter(({ verdict }) => verdict === "invalid"))
    add(
      "warning",
      "load generator",
      `${row.name} ${formatQuantity(row.value, row.unit)}, ${formatLimit(row)} is sound`,
    );
  return found;
}

function command({ level, title, message }: Finding, scenario: string): string {
  return `::${level} title=${escapeProperty(`rpcfleet ${scenario}: ${title}`)}::${escapeData(message)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
