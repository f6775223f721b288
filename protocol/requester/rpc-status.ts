/** The life of a persistent Call as its owner sees it (contract 5.1), and the one table of legal changes. */

export const RPC_STATUSES = [
  "QUEUED",
  "SENT",
  "DELIVERED",
  "SUCCESSFUL",
  "TIMEOUT",
  "EXPIRED",
  "FAILED",
  "DELETED",
] as const;

/**
 * - `QUEUED`: stored, in no connection's hands. `SENT`: written to one. `DELIVERED`: acknowledged; final for a one-way Call.
 * - `TIMEOUT`: not acknowledged in time; it may go on. `SUCCESSFUL`: the device replied.
 * - `FAILED`: retries used up, no reply in time under the on-response strategy, or the transport could not convert it.
 * - `EXPIRED`: its time passed unfinished. `DELETED`: its owner removed it; seen in events only.
 */
export type RpcStatus = (typeof RPC_STATUSES)[number];

const FINAL = ["SUCCESSFUL", "EXPIRED", "FAILED", "DELETED"] as const;

const NEXT: Readonly<Record<RpcStatus, readonly RpcStatus[]>> = {
  // TIMEOUT when SENT was a status update too many (S20).
  QUEUED: ["SENT", "DELIVERED", "TIMEOUT", "SUCCESSFUL", ...FINAL],
  // Back to QUEUED when its connection was closed for not acknowledging it.
  SENT: ["DELIVERED", "TIMEOUT", "QUEUED", "SUCCESSFUL", ...FINAL],
  DELIVERED: ["SUCCESSFUL", ...FINAL],
  TIMEOUT: ["SENT", "DELIVERED", "QUEUED", "SUCCESSFUL", ...FINAL],
  SUCCESSFUL: ["DELETED"],
  EXPIRED: ["DELETED"],
  FAILED: ["DELETED"],
  DELETED: [],
};

/** True when a persistent Call may go from one status to the other. */
export function isLegalChange(from: RpcStatus, to: RpcStatus): boolean {
  return NEXT[from].includes(to);
}

/** True when nothing but deletion can follow. */
export function isFinalStatus(status: RpcStatus, oneway: boolean): boolean {
  return (FINAL as readonly RpcStatus[]).includes(status) || (oneway && status === "DELIVERED");
}
