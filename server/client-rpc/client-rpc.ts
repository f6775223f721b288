/**
 * Client-side RPC: a device calls, a handler answers, and what nobody answers in time ends as a timeout (contract 7.1). Whatever
 * transport the call came by, it is answered once; what comes after the timeout is dropped.
 */
import type { Logger } from "pino";
import type { Dialect } from "../../protocol/dialect.ts";
import type { Json } from "../../protocol/message.ts";
import { BUILT_IN_HANDLERS, type ClientRpcHandler, type ClientRpcHandlers } from "./handler.ts";

export interface ClientCall {
  readonly device: string;
  readonly method: string;
  readonly params: Json;
}

/** `no_rule`: nothing reads the method, and the dialect says so at once (contract 13.5). `body` is JSON text. */
export interface ClientAnswer {
  readonly kind: "reply" | "timeout" | "no_rule";
  readonly body: string;
}

export interface ClientRpcOptions {
  /** The user's; they win over the built-in ones. */
  readonly handlers: ClientRpcHandlers;
  readonly timeoutMs: number;
  readonly dialect: Dialect;
  readonly logger: Logger;
}

const TIMEOUT: ClientAnswer = { kind: "timeout", body: '{"error":"timeout"}' };
const NO_RULE: ClientAnswer = { kind: "no_rule", body: '{"error":"No rules that match current message!"}' };

export class ClientRpc {
  readonly #options: ClientRpcOptions;
  readonly #handlers: ReadonlyMap<string, ClientRpcHandler>;
  /** One timer for each call that is not answered yet. */
  readonly #open = new Set<NodeJS.Timeout>();

  constructor(options: ClientRpcOptions) {
    this.#options = options;
    this.#handlers = new Map([...Object.entries(BUILT_IN_HANDLERS), ...Object.entries(options.handlers)]);
  }

  /** Calls that wait for an answer. */
  get pending(): number {
    return this.#open.size;
  }

  /** Calls `answered` once, never before this has returned. What it returns forgets the call. */
  call(call: ClientCall, answered: (answer: ClientAnswer) => void): () => void {
    const end = (answer: ClientAnswer | undefined): void => {
      if (!this.#open.delete(timer)) return;
      clearTimeout(timer);
      if (answer !== undefined) answered(answer);
    };
    const timer = setTimeout(() => end(TIMEOUT), this.#options.timeoutMs);
    this.#open.add(timer);
    void this.#handle(call).then((answer) => answer !== undefined && end(answer));
    return () => end(undefined);
  }

  /** Forgets every call. */
  close(): void {
    for (const timer of this.#open) clearTimeout(timer);
    this.#open.clear();
  }

  async #handle({ device, method, params }: ClientCall): Promise<ClientAnswer | undefined> {
    const handler = this.#handlers.get(method);
    if (handler === undefined) return this.#options.dialect.name === "tempus" ? NO_RULE : undefined;
    try {
      const result = await handler(params, { device, method });
      const body = JSON.stringify(result) as string | undefined;
      return body === undefined ? undefined : { kind: "reply", body };
    } catch (error) {
      this.#options.logger.error({ err: error, device, method }, "handler of a client-side call failed");
      const message = error instanceof Error ? error.message : String(error);
      return { kind: "reply", body: JSON.stringify({ error: message }) };
    }
  }
}
