/** The URLs of server-side RPC (contract 4.1, 13.2). */
import type { Dialect } from "../../protocol/dialect.ts";

export interface RpcTarget {
  readonly kind: "rpc";
  readonly dialect: Dialect;
  readonly oneway: boolean;
  /** As written in the path. */
  readonly device: string;
}

/** `elsewhere`: not a URL of RPC. `malformed`: RPC's, but no such path. */
export type RpcUrl = RpcTarget | { readonly kind: "elsewhere" } | { readonly kind: "malformed" };

const ELSEWHERE: RpcUrl = { kind: "elsewhere" };

/** Reads a request's URL; the query does not matter. */
export function readRpcUrl(url: string, families: readonly Dialect[]): RpcUrl {
  for (const dialect of families) {
    const prefix = dialect.rpcPath;
    if (url.startsWith(prefix) && url.charCodeAt(prefix.length) === SLASH) return readTail(url, dialect);
  }
  return ELSEWHERE;
}

const SLASH = 47;

function readTail(url: string, dialect: Dialect): RpcUrl {
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  const kindStart = dialect.rpcPath.length + 1;
  const kindEnd = path.indexOf("/", kindStart);
  const device = kindEnd < 0 ? "" : path.slice(kindEnd + 1);
  const written = path.slice(kindStart, kindEnd < 0 ? undefined : kindEnd);
  const type = dialect.name === "tempus" ? written.toLowerCase() : written;
  if ((type !== "oneway" && type !== "twoway") || device === "" || device.includes("/")) {
    return dialect.name === "tempus" ? { kind: "malformed" } : ELSEWHERE;
  }
  return { kind: "rpc", dialect, oneway: type === "oneway", device };
}
