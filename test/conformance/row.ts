/** A row of the contract and how to see that a server keeps it. */
import type { ServerOptions } from "../../server/options.ts";
import type { World } from "./world.ts";

export interface Row {
  /** Section or rule of the contract. */
  readonly contract: string;
  readonly rule: string;
  /** Switches of our own server it needs; it is skipped on any other. */
  readonly needs?: ServerOptions;
  /** Rejects when the rule is broken. */
  readonly check: (world: World) => Promise<void>;
}
