/** The suite's checks as text for a terminal. */
import { formatMs } from "../../reports/format.ts";
import type { Check } from "./check.ts";

export interface TruthReport {
  readonly host: string;
  readonly floor: string;
  readonly seconds: number;
  readonly checks: readonly Check[];
}

const LABEL = 30;
const CELL = 9;

export function truthText({ host, floor, seconds, checks }: TruthReport): string {
  const count = (verdict: Check["verdict"]): number => checks.filter((check) => check.verdict === verdict).length;
  const lines = [
    host,
    floor,
    "truth: calculated from the plan of each run; closed loop: what 10 connections that wait for their answers would have said",
    "",
    ...checks.flatMap(checkLines),
    "",
    `${count("holds")} of ${checks.length} hold, ${count("off")} off, ${count("cannot tell")} cannot tell; ${Math.round(seconds)} s`,
  ];
  return `${lines.join("\n")}\n`;
}

function checkLines({ name, verdict, problems, notes, figures }: Check): string[] {
  const lines = [`${verdict.toUpperCase().padEnd(12)}${name}`];
  if (figures.length > 0) {
    const row = (label: string, cells: readonly string[]): string =>
      `  ${label.padEnd(LABEL)}${cells.map((cell) => cell.padStart(CELL)).join("")}`;
    lines.push(
      row(
        "ms",
        figures.map((figure) => figure.name),
      ),
      row(
        "truth",
        figures.map(({ truth }) => formatMs(truth)),
      ),
      row(
        "measured",
        figures.map(({ measured }) => formatMs(Number.isNaN(measured) ? null : measured)),
      ),
      row(
        "closed loop, from actual send",
        figures.map(({ closedLoop }) => formatMs(closedLoop)),
      ),
    );
  }
  return [...lines, ...notes.map((note) => `  ${note}`), ...problems.map((problem) => `  ! ${problem}`)];
}
