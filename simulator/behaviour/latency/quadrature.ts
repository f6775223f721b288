/**
 * Integrals over shares: the unit interval in cells that halve toward both ends, as a tail needs, with Gauss and Legendre's eight
 * points in each. Plain arithmetic in a fixed order: the same sum on every machine.
 */

const HALF_NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363] as const;
const HALF_WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763] as const;
const SMALLEST_CELL = 2 ** -47;

export interface Node {
  readonly u: number;
  readonly weight: number;
}

/** Nodes in (0, 1) whose weights add up to 1; the outermost cells stand for the 2^-46 beyond them as well. */
export const NODES: readonly Node[] = build();

function build(): Node[] {
  const lower: Node[] = [];
  for (let low = SMALLEST_CELL; low <= 1 / 4; low *= 2) {
    const mass = low === SMALLEST_CELL ? 2 * low : low;
    for (const [i, node] of HALF_NODES.entries()) {
      const weight = ((HALF_WEIGHTS[i] as number) * mass) / 2;
      lower.push({ u: low + (low / 2) * (1 - node), weight }, { u: low + (low / 2) * (1 + node), weight });
    }
  }
  return [...lower, ...lower.map(({ u, weight }) => ({ u: 1 - u, weight })).reverse()];
}

/** Mean of a quantile function over all shares. */
export function meanOf(quantile: (u: number) => number): number {
  let sum = 0;
  for (const { u, weight } of NODES) sum += weight * quantile(u);
  return sum;
}
