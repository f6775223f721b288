/** The scripts of the page, whole in it: the chart library and the page's own, each allowed by its hash and nothing else. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { joinModules } from "./join-modules.ts";

const require = createRequire(import.meta.url);
const LIBRARY = require.resolve("uplot/dist/uPlot.iife.min.js");
const LIBRARY_STYLE = require.resolve("uplot/dist/uPlot.min.css");
const FOLDER = new URL("./page/", import.meta.url);
const TIMELINE = ["paint.js", "timeline-marks.js", "timeline-panes.js", "timeline-readout.js", "live-timeline.js"];
const OWN = ["copy-buttons.js", ...TIMELINE, "page.js"];

export interface PageScripts {
  /** <script> elements. */
  readonly markup: string;
  /** Sources of a script-src directive. */
  readonly sources: string;
  /** Style sheet of the chart library. */
  readonly style: string;
}

/** Read once for each page; they never change in a process. */
export function readPageScripts(): PageScripts {
  const scripts = [readFileSync(LIBRARY, "utf8").trim(), joinModules(FOLDER, OWN)].map((script) =>
    script.replaceAll("</script", "<\\/script"),
  );
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return {
    markup: scripts.map((script) => `<script>${script}</script>`).join("\n"),
    sources: hashes.join(" "),
    style: readFileSync(LIBRARY_STYLE, "utf8"),
  };
}
