/** The user's own handlers: a module that exports `handlers`, a function for each method. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { StartError } from "../start-error.ts";
import type { ClientRpcHandlers } from "./handler.ts";

/** Loads the file, if there is to be one; a relative path starts at the working directory. Throws StartError. */
export async function loadHandlers(path: string | undefined): Promise<ClientRpcHandlers> {
  if (path === undefined) return {};
  const unusable = (problem: string, cause?: unknown): StartError =>
    new StartError(`cannot use ${path} (option handlersFile): ${problem}`, { cause });
  let module: { readonly handlers?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as typeof module;
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { handlers } = module;
  if (typeof handlers !== "object" || handlers === null) {
    const found = Object.keys(module).join(", ") || "none";
    throw unusable(`it has to export const handlers = { method: (params, context) => ... }; its exports: ${found}`);
  }
  const wrong = Object.entries(handlers).filter(([, handler]) => typeof handler !== "function");
  if (wrong.length > 0) throw unusable(`not a function: ${wrong.map(([method]) => method).join(", ")}`);
  return handlers as ClientRpcHandlers;
}
