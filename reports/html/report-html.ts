/**
 * `report.html`: one file that needs nothing else. It is complete without its scripts; its content security policy forbids what it does
 * not use and whatever it could be made to load or run.
 */
import { SECOND } from "../../protocol/time.ts";
import { type FoldedRun, foldRun } from "../fold-run.ts";
import type { HistoryRun } from "../history.ts";
import { escapeMarkup } from "../markup.ts";
import type { RawFile } from "../raw-files.ts";
import type { RunRecord } from "../run-record.ts";
import type { Summary } from "../summary-schema.ts";
import { callsBlock } from "./calls-block.ts";
import { clientCallBlock } from "./client-call-block.ts";
import { deadlineBlock } from "./deadline-block.ts";
import { deviceBlock } from "./device-block.ts";
import { heatmapBlock, percentileBlock, stepsBlock, timelineBlock } from "./figure-blocks.ts";
import { hatchPatterns } from "./hatch.ts";
import { countTiles, gateTable, healthCard, titleStrip, verdictBanner } from "./head-blocks.ts";
import { buildHeatmap } from "./heatmap.ts";
import { historyBlock } from "./history-block.ts";
import { embeddedSummary, methodBlock, settingsBlock } from "./method-block.ts";
import { outcomeBlock } from "./outcome-block.ts";
import { readPageScripts } from "./page-scripts.ts";
import { generatorSparks, longPauses } from "./spark.ts";
import { knownIntervals, spectrumBlock } from "./spectrum-block.ts";
import { stageBlock } from "./stage-block.ts";
import { styleSheet } from "./style.ts";
import { buildTimeline } from "./timeline.ts";
import type { TimelineChart } from "./timeline-chart.ts";
import { timelineData } from "./timeline-data.ts";

/** What lies about the run: none of it is needed for a page. */
export interface PageSurroundings {
  /** Earlier runs of the scenario, the earliest first. */
  readonly history: readonly HistoryRun[];
  /** The run's files beside the page. */
  readonly files: readonly RawFile[];
}

const ALONE: PageSurroundings = { history: [], files: [] };

/**
 * The whole page. Blocks are in the order in which they are believed: who, verdict, health, and only then figures. `folded` spares a
 * pass over the Calls of the record.
 */
export function renderHtml(
  record: RunRecord,
  summary: Summary,
  { folded = foldRun(record), surroundings = ALONE }: { folded?: FoldedRun; surroundings?: PageSurroundings } = {},
): string {
  const { facts } = record;
  const { vitals } = record.totals;
  const timeline: TimelineChart = {
    timeline: buildTimeline(record, folded),
    phases: phasesOf(record, summary),
    pauses: longPauses(vitals),
  };
  const { series } = folded.whole;
  const blocks = [
    titleStrip(facts, summary),
    verdictBanner(summary),
    healthCard(summary, generatorSparks(timeline.timeline, vitals)),
    gateTable(summary),
    countTiles(summary),
    percentileBlock(summary),
    timelineBlock(record, summary, timeline),
    heatmapBlock(buildHeatmap(timeline.timeline, facts.timeout)),
    spectrumBlock(series, knownIntervals(summary.uncertainty)),
    stepsBlock(summary),
    stageBlock(summary),
    outcomeBlock(summary, folded.sightings.sightings()),
    callsBlock(facts, folded.notable, summary),
    deviceBlock(folded.devices.tails()),
    clientCallBlock(summary),
    deadlineBlock(folded.deadline.anatomy(), summary),
    historyBlock(surroundings.history, summary),
    settingsBlock(facts),
    methodBlock(record, summary, surroundings.files),
  ];
  const scripts = readPageScripts();
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts.sources}`;
  const title = escapeMarkup(`${summary.verdict.toUpperCase()} · ${facts.scenario} · rpcfleet`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${scripts.style}${styleSheet()}</style>
</head>
<body>
${hatchPatterns()}
<main>
${blocks.filter((block) => block !== "").join("\n")}
</main>
<footer>Written by rpcfleet ${escapeMarkup(facts.host.rpcfleet)}. This file is complete in itself.</footer>
${embeddedSummary(summary)}
${timelineData(record, timeline)}
${scripts.markup}
</body>
</html>
`;
}

/** The last planned start is the end of the last step; what comes after it is waited for. */
function phasesOf({ facts, totals }: RunRecord, { steadiness }: Summary): TimelineChart["phases"] {
  const last = facts.steps.at(-1);
  const warmUpS = steadiness === null ? 0 : steadiness.warmUpS;
  const isOver = last !== undefined && !totals.interrupted;
  return {
    warmUpUntil: warmUpS === 0 ? undefined : warmUpS * SECOND,
    drainFrom: isOver ? last.start + last.duration : undefined,
  };
}
