/** From figures and Gates to one word, the sentences why, and the exit code. */
import { formatCount, formatLimit, formatQuantity } from "./format.ts";
import type { Figures, GateResult, Summary } from "./summary-schema.ts";

/**
 * Any failed Gate, wrong reply or missing Call makes a run `fail`: that is proof. Otherwise an unhealthy generator, a Gate
 * without an answer, an interruption or a run without Calls makes it `invalid`: it cannot be believed. Otherwise a Gate whose figure
 * is not sure enough makes it `unclear`: more of the same would tell. Otherwise it passes.
 */
export function judgeRun(figures: Figures, gates: readonly GateResult[]): Pick<Summary, "verdict" | "reasons"> {
  const failures = [
    ...violationReasons(figures),
    ...gates
      .filter((gate) => gate.verdict === "fail")
      .map((gate) => sentence(`Gate "${gate.text}" failed: ${gate.reason}`)),
  ];
  const doubts = [
    ...doubtReasons(figures),
    ...gates
      .filter((gate) => gate.verdict === "invalid")
      .map((gate) => sentence(`Gate "${gate.text}" cannot be judged: ${gate.reason}`)),
  ];
  const open = gates
    .filter((gate) => gate.verdict === "unclear")
    .map((gate) => sentence(`Gate "${gate.text}" is unclear: ${gate.reason}`));
  const provoked = figures.violations.provokedBy.length === 0 ? [] : wrongReplies(figures);
  const notes = [...healthReasons(figures, "suspect"), ...provoked];
  if (failures.length > 0) return { verdict: "fail", reasons: [...failures, ...doubts, ...open, ...notes] };
  if (doubts.length > 0) return { verdict: "invalid", reasons: [...doubts, ...open, ...notes] };
  if (open.length > 0) return { verdict: "unclear", reasons: [...open, ...notes] };
  const held =
    gates.length === 0 ? "No gates were set; every call is accounted for." : `All ${gates.length} gates hold.`;
  return { verdict: "pass", reasons: [gates.length === 1 ? "The gate holds." : held, ...notes] };
}

/** A reason may end in a question of its own. */
function sentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`;
}

function violationReasons(figures: Figures): string[] {
  const { accounting, counts, violations } = figures;
  const reasons: string[] = [];
  if (!accounting.balanced) {
    reasons.push(
      `The books do not balance: ${formatCount(counts.planned)} calls planned, ${formatCount(accounting.sum)} accounted for.`,
    );
  }
  if (violations.provokedBy.length === 0) reasons.push(...wrongReplies(figures));
  return reasons;
}

/** What was given to the wrong call; a device that mixes replies up does so whatever the server is. */
function wrongReplies({ violations: { replyIntegrity, provokedBy } }: Figures): string[] {
  if (replyIntegrity === 0) return [];
  const calls = `${formatCount(replyIntegrity)} ${replyIntegrity === 1 ? "call was" : "calls were"} given the reply of another call`;
  return [provokedBy.length === 0 ? `${calls}.` : `${calls}, as devices with ${provokedBy.join(", ")} answer.`];
}

function doubtReasons(figures: Figures): string[] {
  if (figures.counts.planned === 0) return ["No calls were planned, so there is nothing to judge."];
  const cut = figures.interrupted ? ["The run was interrupted before its plan was through."] : [];
  return [...cut, ...healthReasons(figures, "invalid")];
}

function healthReasons({ health }: Figures, verdict: "suspect" | "invalid"): string[] {
  return health.rows
    .filter((row) => row.verdict === verdict)
    .map((row) => {
      const side = `${formatQuantity(row.value, row.unit)}, ${formatLimit(row)} is sound`;
      return `The load generator is ${verdict}: ${row.name} ${side}.`;
    });
}

/** Exit code of a judged run: 0 pass, 1 a Gate failed or an invariant was violated, 3 invalid or unclear, 130 interrupted. */
export function exitCode(summary: Summary, interrupted: boolean): 0 | 1 | 3 | 130 {
  if (interrupted) return 130;
  return ({ pass: 0, fail: 1, unclear: 3, invalid: 3 } as const)[summary.verdict];
}
