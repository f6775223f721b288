import { formatCount } from "./format.ts";

/** The devices' telemetry in a line. */
export function telemetryText({ sent, refused }: { readonly sent: number; readonly refused: number }): string {
  const lost = refused === 0 ? "" : `, ${formatCount(refused)} without a connection to carry them`;
  return `${formatCount(sent)} messages sent${lost}`;
}
