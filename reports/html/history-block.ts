/** The last runs of the same scenario, a row of points for each Gate: whether a figure is the run's or always there. */
import { formatQuantity } from "../format.ts";
import type { HistoryRun } from "../history.ts";
import { element, escapeMarkup } from "../markup.ts";
import type { GateResult, Summary } from "../summary-schema.ts";
import { drawing, type Frame, line, linearScale, px, text } from "./svg.ts";
import { badge, block, note, scrolling, table } from "./table.ts";

const WIDTH = 1060;
const HEIGHT = 120;
const FRAME: Frame = { left: 150, top: 40, width: 800, height: 52 };

/** Empty when no other run of the scenario lies beside this one. */
export function historyBlock(history: readonly HistoryRun[], summary: Summary): string {
  if (history.length === 0) return "";
  const runs = [
    ...history,
    { folder: "", startedAt: summary.window.startedAt, verdict: summary.verdict, gates: summary.gates },
  ];
  const charts = summary.gates.map((gate, index) => gateChart(gate, runs, index)).filter((chart) => chart !== "");
  const rows = [...runs].reverse().map(({ folder, startedAt, verdict, gates }) => [
    {
      markup:
        folder === ""
          ? "this run"
          : element("a", { href: `../${encodeURIComponent(folder)}/report.html` }, escapeMarkup(startedAt)),
    },
    { markup: badge(verdict, verdict) },
    ...summary.gates.map(({ text: wanted }) => {
      const gate = gates.find((other) => other.text === wanted);
      return gate === undefined ? "" : formatQuantity(gate.observed, gate.unit);
    }),
  ]);
  const headings = ["run", "verdict", ...summary.gates.map((gate) => `#${gate.text}`)];
  const about =
    "Runs of the same scenario whose folders lie beside this one's, the latest last. They may have had other settings: the link leads to each one's own report. rpcfleet compare holds two runs against each other, percentile by percentile.";
  return block("History", charts.join("") + table({ headings, rows }) + note(about), {
    id: "history",
    className: "long",
  });
}

/** One Gate over the runs; empty when fewer than two have a figure for it. */
function gateChart(gate: GateResult, runs: readonly HistoryRun[], index: number): string {
  const values = runs.map(({ gates }) => gates.find((other) => other.text === gate.text)?.observed ?? undefined);
  const known = values.filter((value) => value !== undefined);
  if (known.length < 2) return "";
  const limits = gate.limit === null ? [] : [gate.limit];
  const [low, high] = [Math.min(...known, ...limits), Math.max(...known, ...limits)];
  const room = (high - low || Math.abs(high) || 1) * 0.15;
  const y = linearScale([low - room, high + room], [FRAME.top + FRAME.height, FRAME.top]);
  const x = linearScale([0, Math.max(1, runs.length - 1)], [FRAME.left, FRAME.left + FRAME.width]);
  const points = values.map((value, run) => {
    if (value === undefined) return "";
    const verdict = runs[run]?.gates.find((other) => other.text === gate.text)?.verdict;
    return mark([x.at(run), y.at(value)], { holds: verdict !== "fail", isOwn: run === runs.length - 1 });
  });
  const right = FRAME.left + FRAME.width;
  const limit =
    gate.limit === null
      ? ""
      : line([FRAME.left - 10, y.at(gate.limit)], [right + 10, y.at(gate.limit)], "deadline") +
        text(FRAME.left - 16, y.at(gate.limit) + 4, `limit ${formatQuantity(gate.limit, gate.unit)}`, {
          class: "tick danger",
          "text-anchor": "end",
        });
  const own = values.at(-1);
  const now =
    own === undefined ? "" : text(right + 16, y.at(own) + 4, formatQuantity(own, gate.unit), { class: "curvelabel" });
  const title = text(0, 18, gate.text, { class: "axis" });
  const description = `${known.length} runs, from ${formatQuantity(Math.min(...known), gate.unit)} to ${formatQuantity(Math.max(...known), gate.unit)}.`;
  const chart = drawing(
    { id: `history-${index}`, title: `History of ${gate.text}`, description, width: WIDTH, height: HEIGHT },
    title + limit + points.join("") + now,
  );
  return scrolling(chart, `History of ${gate.text}, a chart`);
}

/** A disc where the Gate held, a cross where it did not; this run's is ringed. */
function mark([x, y]: readonly [number, number], { holds, isOwn }: { holds: boolean; isOwn: boolean }): string {
  const shape = holds
    ? element("circle", { class: "holds", cx: px(x), cy: px(y), r: 4.5 })
    : element("path", { class: "breaks", d: `M${px(x - 5)} ${px(y - 5)}l10 10m0 -10l-10 10` });
  return isOwn ? shape + element("circle", { class: "ring", cx: px(x), cy: px(y), r: 9 }) : shape;
}
