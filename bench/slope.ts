/** A straight line through points by least squares: its slope, and half the width of the slope's 95 % interval. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): { slope: number; halfWidth: number } {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, halfWidth: studentT975(n - 2) * Math.sqrt(rest / Math.max(1, n - 2) / spread) };
}

/** 97.5 % quantile of Student's distribution, by Cornish and Fisher's expansion in 1/n; within 1 % from 3 degrees of freedom on. */
function studentT975(degrees: number): number {
  const n = Math.max(1, degrees);
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / n + second / n ** 2 + third / n ** 3;
}
