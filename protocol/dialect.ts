/**
 * What differs between servers of the ThingsBoard family, as data. `tb-v1` and `tb-v2` are two URL families of one server and
 * run side by side; `tempus` is another server. Contract: sections 2.1, 2.2, 4.5 and 13.2.
 */
import { type Duration, MILLISECOND, SECOND } from "./time.ts";

export const DIALECT_NAMES = ["tb-v1", "tb-v2", "tempus"] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export interface Dialect {
  readonly name: DialectName;
  /** Path before `/{oneway|twoway}/{deviceId}`. */
  readonly rpcPath: string;
  /** A shorter `timeout` is raised to this. */
  readonly minTimeout: Duration;
  /** Timeout of a Call that names none. */
  readonly defaultTimeout: Duration;
  /** Status when the request was handed over at arrival and no reply came by the deadline. */
  readonly timeoutStatus: number;
  /** Status when the device was not subscribed at arrival and nothing came by the deadline. */
  readonly noConnectionStatus: number;
  /** No Call may keep its caller waiting longer (section 4.7); undefined: no such wall. */
  readonly wall: Duration | undefined;
  /** `json`: error JSON bodies with an errorCode. `empty`: every malformed request is a bare 400. */
  readonly badRequest: "json" | "empty";
  /** Whether `POST /api/device?accessToken=` chooses the device's token. */
  readonly choosesToken: boolean;
  /** A newer connection of a device closes the older one; otherwise every request goes to all of them (S8). */
  readonly oneSession: boolean;
}

const TB_WALL = 30 * SECOND;

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  "tb-v1": {
    name: "tb-v1",
    rpcPath: "/api/plugins/rpc",
    minTimeout: 5_000 * MILLISECOND,
    defaultTimeout: 10_000 * MILLISECOND,
    timeoutStatus: 408,
    noConnectionStatus: 409,
    wall: TB_WALL,
    badRequest: "json",
    choosesToken: true,
    oneSession: true,
  },
  "tb-v2": {
    name: "tb-v2",
    rpcPath: "/api/rpc",
    minTimeout: 5_000 * MILLISECOND,
    defaultTimeout: 10_000 * MILLISECOND,
    timeoutStatus: 504,
    noConnectionStatus: 504,
    wall: TB_WALL,
    badRequest: "json",
    choosesToken: true,
    oneSession: true,
  },
  tempus: {
    name: "tempus",
    rpcPath: "/api/plugins/rpc",
    minTimeout: 0,
    defaultTimeout: 20_000 * MILLISECOND,
    timeoutStatus: 408,
    // The two timers of the original race at the deadline; its own test expects 408.
    noConnectionStatus: 408,
    wall: undefined,
    badRequest: "empty",
    choosesToken: false,
    oneSession: false,
  },
};

/** The timeout a server of this dialect uses for a Call that asked for `requested` (undefined: it named none). */
export function effectiveTimeout(dialect: Dialect, requested: Duration | undefined): Duration {
  return requested === undefined ? dialect.defaultTimeout : Math.max(dialect.minTimeout, requested);
}
