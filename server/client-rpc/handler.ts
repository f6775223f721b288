/**
 * Who answers a device's own calls (contract 7.1). In the original a rule chain does; here it is a function for each method, the
 * few below and those of the user's file.
 */
import type { Json } from "../../protocol/message.ts";

interface ClientRpcContext {
  /** Id of the calling device. */
  readonly device: string;
  readonly method: string;
}

/** Answers one method. Undefined: no answer, the device hears of a timeout. */
export type ClientRpcHandler = (
  params: Json,
  context: ClientRpcContext,
) => Json | undefined | Promise<Json | undefined>;

export type ClientRpcHandlers = Readonly<Record<string, ClientRpcHandler>>;

/** The methods of the documentation's examples (contract 7.1, 13.5), and one for trying out a connection. */
export const BUILT_IN_HANDLERS: ClientRpcHandlers = {
  getCurrentTime: () => Date.now(),
  getTime: () => ({ time: Date.now() }),
  echo: (params) => params,
};
