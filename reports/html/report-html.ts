/**
 * `report.html`: one file that needs nothing else, neither network nor script. Its content security policy forbids both what it
 * does not use and what it could be made to load.
 */
import { type FoldedRun, foldRun } from "../fold-run.ts";
import { escapeMarkup } from "../markup.ts";
import type { RunRecord } from "../run-record.ts";
import type { Summary } from "../summary-schema.ts";
import { clientCallBlock } from "./client-call-block.ts";
import { callsBlock, embeddedSummary, methodBlock, outcomeBlock, settingsBlock } from "./detail-blocks.ts";
import { heatmapBlock, percentileBlock, spectrumBlock, stepsBlock, timelineBlock } from "./figure-blocks.ts";
import { countTiles, gateTable, healthCard, titleStrip, verdictBanner } from "./head-blocks.ts";
import { styleSheet } from "./style.ts";
import { buildTimeline } from "./timeline.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
/** Only where scripts run: show the button, copy the command. */
const COPY =
  "{const b=document.getElementById('copy'),c=document.getElementById('command');b.hidden=false;" +
  "b.onclick=()=>{const r=document.createRange();r.selectNodeContents(c);const s=getSelection();s.removeAllRanges();s.addRange(r);" +
  "document.execCommand('copy');b.textContent='Copied'}}";

/**
 * The whole page. Blocks are in the order in which they are believed: who, verdict, health, and only then figures. `folded` spares a
 * pass over the Calls of the record.
 */
export function renderHtml(record: RunRecord, summary: Summary, folded: FoldedRun = foldRun(record)): string {
  const { facts } = record;
  const timeline = buildTimeline(record, folded);
  const blocks = [
    titleStrip(facts, summary),
    verdictBanner(summary),
    healthCard(summary),
    gateTable(summary),
    countTiles(summary),
    timelineBlock(record, summary, timeline),
    percentileBlock(summary),
    spectrumBlock(folded.whole.series),
    stepsBlock(summary),
    outcomeBlock(summary),
    clientCallBlock(summary),
    heatmapBlock(record, timeline),
    callsBlock(folded.notable),
    settingsBlock(facts),
    methodBlock(record, summary),
  ];
  const title = escapeMarkup(`${summary.verdict.toUpperCase()} · ${facts.scenario} · rpcfleet`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${styleSheet()}</style>
</head>
<body>
<main>
${blocks.filter((block) => block !== "").join("\n")}
<footer>Written by rpcfleet ${escapeMarkup(facts.host.rpcfleet)}. This file is complete in itself.</footer>
</main>
${embeddedSummary(summary)}
<script>${COPY}</script>
</body>
</html>
`;
}
