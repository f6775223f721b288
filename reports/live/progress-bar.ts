/** A bar of `cells` of which a share is full, to an eighth of a cell. */
export function progressBar(share: number, cells: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  const whole = Math.floor(eighths / 8);
  const part = " ▏▎▍▌▋▊▉"[eighths % 8] as string;
  return `${"█".repeat(whole)}${whole < cells ? part : ""}`.padEnd(cells);
}
