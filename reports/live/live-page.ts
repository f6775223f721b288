/**
 * The live page: figures as a table that needs no script, and charts where scripts run. One document; its policy lets it talk to the
 * server it came from and to nobody else.
 */
import { createHash } from "node:crypto";
import { OUTCOMES } from "../../protocol/outcome.ts";
import { joinModules } from "../html/join-modules.ts";
import { styleSheet } from "../html/style.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { LiveFrame } from "./live-frame.ts";
import { type LiveSection, liveSections, liveTexts, TIME_COLUMNS, TIME_ROWS } from "./live-texts.ts";

/** The chart module defines `liveChart`, in the form in which uPlot takes its data; the page's script uses it. */
const MODULES = joinModules(new URL("./page/", import.meta.url), ["live-chart.js", "live-page.js"]);
const SCRIPT = `const OUTCOMES = ${JSON.stringify(OUTCOMES)};\n${MODULES}`;

/** To be sent with the page: its own style and its own script, and nothing that was put into it. */
export const LIVE_PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const STYLE = `
.live{display:grid;grid-template-columns:repeat(auto-fit,minmax(310px,1fr));gap:0 16px}.live table{width:100%;min-width:0}.live td{padding-left:12px}
.live section{margin-top:16px}th.name{font-weight:500;white-space:normal}td.num{text-align:right}
#verdict,#events{white-space:pre-line}.live #health{white-space:normal;overflow-wrap:anywhere}#verdict:empty{display:none}#link{font-weight:600}
.plot{margin-top:12px}.plot h3{font-size:14px;margin:0}.plot svg{display:block;width:100%;height:auto;touch-action:none}.plot svg:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.plot text{fill:var(--soft);font:12px system-ui,sans-serif}.plot .curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.plot .cursor{stroke:var(--ink);stroke-dasharray:2 3}
.plot .dashed{stroke-width:1.4;stroke-dasharray:5 3}.plot p{min-height:1.5em}`.replaceAll("\n", "");

/** The page as it stands at this frame. A reader without scripts gets the next one by itself, until the run is over. */
export function renderLivePage(frame: LiveFrame): string {
  const title = escapeMarkup(`${frame.scenario} · live · rpcfleet`);
  const refresh = frame.end === undefined ? '<noscript><meta http-equiv="refresh" content="2"></noscript>' : "";
  const texts = liveTexts(frame);
  const verdict = element(
    "section",
    { id: "verdict", role: "status", class: bannerClass(frame) },
    escapeMarkup(texts.verdict as string),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh}
<title>${title}</title>
<style>${styleSheet()}${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(frame.scenario)}</h1>
<p class="soft">${escapeMarkup(`${frame.engine} · seed ${frame.seed}`)} · <span id="link">as it was when this page was loaded</span></p>
${verdict}
<section id="charts" hidden><h2>By the second</h2><p class="note">The last ten minutes. Arrow keys move through a chart that has the focus.</p></section>
<div class="live">${liveSections(frame).map(sectionMarkup).join("")}</div>
${timesMarkup(texts)}
<section><h2>Events</h2><p id="events">${escapeMarkup(texts.events as string)}</p></section>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** The banner's class by its verdict; the page's script sets the same. */
function bannerClass({ end }: LiveFrame): string {
  return end === undefined ? "" : `is-${end.verdict}`;
}

function sectionMarkup({ title, rows }: LiveSection): string {
  const lines = rows.map(
    ({ id, label, text }) =>
      `<tr>${element("th", { class: "name", scope: "row" }, escapeMarkup(label))}${element("td", { class: "num", id }, escapeMarkup(text))}</tr>`,
  );
  return `<section><h2>${escapeMarkup(title)}</h2><table><tbody>${lines.join("")}</tbody></table></section>`;
}

function timesMarkup(texts: Record<string, string>): string {
  const heading = TIME_COLUMNS.map((column) => `<th class="num" scope="col">${column}</th>`).join("");
  const rows = TIME_ROWS.map(([row, label]) => {
    const cells = TIME_COLUMNS.map((column) => {
      const id = `${row}-${column}`;
      return element("td", { class: "num", id }, escapeMarkup(texts[id] as string));
    });
    return `<tr><th class="name" scope="row">${label}</th>${cells.join("")}</tr>`;
  });
  const table = `<table><thead><tr><th scope="col">ms</th>${heading}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  return `<section><h2>Times</h2><p class="note">Response time counts from the planned start; – = too few samples to tell.</p><div class="wide">${table}</div></section>`;
}
