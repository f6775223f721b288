/** Verdicts as the texts show them. */
import type { GateResult, Summary } from "./summary-schema.ts";

type Verdict = Summary["verdict"] | GateResult["verdict"] | "unclear";

export const SIGN: Readonly<Record<Verdict, string>> = { pass: "✅", fail: "❌", unclear: "❔", invalid: "⚠️" };

const RANK: Readonly<Record<Verdict, number>> = { fail: 0, unclear: 1, invalid: 2, pass: 3 };

/** The Gates with the worst first: failed ones, those that cannot be told, then by how far beyond their limit they are. */
export function worstFirst(gates: readonly GateResult[]): GateResult[] {
  const room = ({ margin }: GateResult): number => margin ?? Number.NEGATIVE_INFINITY;
  return [...gates].sort((a, b) => RANK[a.verdict] - RANK[b.verdict] || (room(a) === room(b) ? 0 : room(a) - room(b)));
}
