/** Where the time of a Call goes: a bar for each group of Calls, stacked from what those very Calls spent in each stage. */
import { formatCount, formatMs } from "../format.ts";
import { element } from "../markup.ts";
import { STAGES, type StageName } from "../stages.ts";
import type { StageGroup, Summary } from "../summary-schema.ts";
import { axisOf } from "./axes.ts";
import { drawing, type Frame, px, text } from "./svg.ts";
import { block, note, scrolling, table } from "./table.ts";

const WIDTH = 1060;
const LEFT = 150;
const CHART_WIDTH = 810;
const TOP = 22;
const BAR = 30;
const ROOM = 62;

const LABELS: Readonly<Record<StageName, string>> = {
  scheduleWait: "wait for the send",
  toServer: "to the server",
  inServer: "in the server",
  toDevice: "to the device",
  inDevice: "in the device",
  backToServer: "back to the server",
  toCaller: "to the caller",
};

/** Says so when the server is not ours, and its stages are unknown. */
export function stageBlock({ stages, health }: Summary): string {
  const heading = "Stages";
  if (stages === undefined || stages === null || stages.groups.length === 0) {
    const why =
      "There are no stages to show: only a server that rpcfleet started itself tells when a call reached it and left it.";
    return block(heading, note(why), { id: "stages" });
  }
  const rows = STAGES.map((stage, index) => [
    { markup: element("i", { class: `key stage${index}` }, String(index + 1)) + LABELS[stage] },
    formatMs(stages.spread[stage].p50),
    formatMs(stages.spread[stage].p99),
    ...stages.groups.map(({ meanUs }) => formatMs(meanUs[stage])),
  ]);
  const sums = ["sum", "", "", ...stages.groups.map(({ responseTimeUs }) => formatMs(responseTimeUs))];
  const headings = ["stage, ms", "#p50", "#p99", ...stages.groups.map(({ name }) => `#mean of ${groupName(name)}`)];
  const about =
    "Each bar is the mean of what its own calls spent in each stage, so its parts add up to their response time; the percentiles of the single stages, in the first two columns, do not add up to anything. A stage that nobody saw end is counted up to the next instant that was seen, so a call whose reply was lost spent its wait in the device.";
  const content =
    scrolling(chart(stages.groups), "Stages, a chart") + table({ headings, rows: [...rows, sums] }) + note(about);
  return block(heading, content, { id: "stages", ...(health.verdict === "invalid" ? { className: "void" } : {}) });
}

function groupName(name: StageGroup["name"]): string {
  return { median: "median calls", p99: "p99 calls", timeouts: "timeouts" }[name];
}

function chart(groups: readonly StageGroup[]): string {
  const height = groups.length * ROOM;
  const frame: Frame = { left: LEFT, top: TOP, width: CHART_WIDTH, height };
  const axis = {
    side: "x",
    kind: "linear",
    domain: [0, 100],
    ticks: 10,
    label: "share of the group's mean response time, %",
  } as const;
  const { scale: x, drawn } = axisOf(frame, axis);
  const bars = groups.map((group, index) => bar(group, TOP + index * ROOM + 18, (share) => x.at(share * 100)));
  const title = "Where the time of a call goes";
  const description = groups
    .map(({ name, n, responseTimeUs }) => `${formatCount(n)} ${groupName(name)} took ${formatMs(responseTimeUs)} ms`)
    .join("; ");
  return drawing(
    { id: "stage-bars", title, description: `${description}.`, width: WIDTH, height: TOP + height + 46 },
    drawn + bars.join(""),
  );
}

/** Wide enough for a stage's number within its part of the bar. */
const LEAST_LABEL = 20;

function bar({ name, n, meanUs, responseTimeUs }: StageGroup, top: number, x: (share: number) => number): string {
  const sum = STAGES.reduce((total, stage) => total + meanUs[stage], 0) || 1;
  let from = 0;
  const parts = STAGES.map((stage, index) => {
    const [left, right] = [x(from), x(from + meanUs[stage] / sum)];
    from += meanUs[stage] / sum;
    if (right - left < 0.1) return "";
    const title = element("title", {}, `${LABELS[stage]}: ${formatMs(meanUs[stage])} ms`);
    const shape = element("rect", {
      class: `stage${index}`,
      x: px(left),
      y: top,
      width: px(right - left),
      height: BAR,
    });
    const hasRoom = right - left >= LEAST_LABEL;
    const middle = { class: `onstage${index}`, "text-anchor": "middle" };
    return element(
      "g",
      {},
      title + shape + (hasRoom ? text((left + right) / 2, top + 20, String(index + 1), middle) : ""),
    );
  });
  const label = text(LEFT - 10, top + 13, groupName(name), { class: "curvelabel", "text-anchor": "end" });
  const size = text(LEFT - 10, top + 29, `n = ${formatCount(n)}`, { class: "tick", "text-anchor": "end" });
  const whole = text(LEFT + CHART_WIDTH + 10, top + 20, `${formatMs(responseTimeUs)} ms`, { class: "curvelabel" });
  return parts.join("") + label + size + whole;
}
