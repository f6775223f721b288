/** Loads a user's behaviour from its file, in whatever thread a fleet lives. */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import type { UserProgramme } from "../behaviour/user-behaviour.ts";

const load = createRequire(import.meta.url);

/** The programme that the module at `path` (absolute) exports, or why it cannot be used. */
export function loadBehaviour(path: string): { programme: UserProgramme<unknown> } | { problem: string } {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return { problem: `${path}: no such file` };
  let exported: { readonly behaviour?: Partial<UserProgramme<unknown>> };
  try {
    exported = load(path) as typeof exported;
  } catch (error) {
    return { problem: `${path}: ${whyNotLoaded(error)}` };
  }
  const { behaviour } = exported;
  if (typeof behaviour !== "object" || behaviour === null) {
    const found = Object.keys(exported).join(", ") || "none";
    return { problem: `${path}: expected export const behaviour = defineBehaviour({ ... }), its exports: ${found}` };
  }
  const { methods, state } = behaviour;
  const wrong = Object.entries(methods ?? {}).filter(([, method]) => typeof method !== "function");
  if (typeof methods !== "object" || wrong.length > 0) {
    const names = wrong.map(([name]) => name).join(", ");
    return { problem: `${path}: methods must be functions by name${names === "" ? "" : `; these are not: ${names}`}` };
  }
  if (state !== undefined && typeof state !== "function") {
    return { problem: `${path}: state must be a function that makes a device's state` };
  }
  return { programme: behaviour as UserProgramme<unknown> };
}

/** Only what lies in rpcfleet's own folder, or has it in its node_modules, can import it by name. */
const ELSEWHERE =
  'outside of rpcfleet\'s folder "rpcfleet/behaviour" is not found; leave out the import and defineBehaviour(), which only adds ' +
  "types, and export the object itself: export const behaviour = { methods: { ... } }";

function whyNotLoaded(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/'rpcfleet(\/behaviour)?'/.test(message)) return ELSEWHERE;
  return message.split("\n")[0] as string;
}
