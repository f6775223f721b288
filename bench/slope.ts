/** A straight line through points by least squares: its slope, and half the width of the slope's 95 % interval. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): { slope: number; halfWidth: number } {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  // 1.96 of the normal distribution: there are hundreds of samples.
  return { slope, halfWidth: 1.96 * Math.sqrt(rest / Math.max(1, n - 2) / spread) };
}
