/** Scripts that are modules where they lie, as one text that can stand in a page: an inline script has nowhere to import from. */
import { readFileSync } from "node:fs";

/**
 * The modules one behind the other in a scope of their own; each stands behind those that it imports. Their names must differ:
 * imports are left out, and what is exported is there for all.
 */
export function joinModules(folder: URL, names: readonly string[]): string {
  const texts = names.map((name) =>
    readFileSync(new URL(name, folder), "utf8")
      .replaceAll(/^import [^;]*;\n/gm, "")
      .replaceAll(/^export /gm, "")
      .trim(),
  );
  return `(() => {\n${texts.join("\n\n")}\n})();`;
}
