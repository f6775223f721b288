/** `mixture(95%: lognormal(...), 4%: constant(2s), 1%: never)`: one draw picks the component, another takes its value. */
import { chanceThreshold, PURPOSE } from "../../../protocol/random.ts";
import { type FormReader, parseShare } from "../form.ts";
import { type Component, mixed } from "./marginal.ts";
import type { FormScope, LatencyNode } from "./node.ts";

/** Shares need not be exact to the last digit to add up to one. */
const TOLERANCE = 1e-9;

export function readMixture(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const place = scope.place("mixture");
  const weights: number[] = [];
  const nodes: (LatencyNode | undefined)[] = [];
  for (const { head, value } of reader.entries()) {
    const weight = parseShare(head);
    if (weight === undefined || weight <= 0 || weight > 1)
      reader.refuse(`"${head}:" must be a share above 0%, such as 95%:`);
    weights.push(weight ?? 0);
    nodes.push(scope.read(value));
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (nodes.length === 0) reader.refuse("needs components, such as 95%: constant(50ms), 5%: never");
  else if (reader.problems.length === 0 && Math.abs(sum - 1) > TOLERANCE)
    reader.refuse(`the shares must add up to 100%, not ${Number((100 * sum).toFixed(6))}%`);
  const known = nodes.filter((node) => node !== undefined);
  return reader.problems.length > 0 || known.length < nodes.length ? undefined : mixture(weights, known, place);
}

/** One of these nodes for each request; `purpose` tells mixtures of different kinds apart, `place` those of one. */
export function mixture(
  weights: readonly number[],
  nodes: readonly LatencyNode[],
  place: number,
  purpose: number = PURPOSE.latencyComponent,
): LatencyNode {
  const thresholds: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    thresholds.push(chanceThreshold(sum));
  }
  const last = nodes.length - 1;
  const components: Component[] = [];
  for (const [i, { marginal }] of nodes.entries()) {
    if (marginal !== undefined) components.push({ weight: weights[i] as number, marginal });
  }
  return {
    value: (u, context, random) => {
      const word = random.seek(context.device, purpose, context.key, place).word();
      let pick = 0;
      while (pick < last && word >= (thresholds[pick] as number)) pick++;
      return (nodes[pick] as LatencyNode).value(u, context, random);
    },
    marginal: components.length === nodes.length ? mixed(components) : undefined,
    independent: nodes.every((node) => node.independent),
  };
}
