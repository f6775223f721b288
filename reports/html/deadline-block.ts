/** Round the deadline: how far before or after it replies were written, and those that fit no open Call. */
import type { DeadlineAnatomy } from "../deadline-anatomy.ts";
import { formatCount, formatMs } from "../format.ts";
import { element } from "../markup.ts";
import type { Summary } from "../summary-schema.ts";
import { shortMs } from "./axes.ts";
import { type Bar, barChart } from "./bars.ts";
import { block, note, outcomeLegend, scrolling, table } from "./table.ts";

/** The replies of a run about their deadlines, and the strays. */
export function deadlineBlock(anatomy: DeadlineAnatomy, { strays, timeoutUs, counts }: Summary): string {
  const { bins, inTime, late } = anatomy;
  const rows = [
    ["replies in time", formatCount(inTime), "their call was answered"],
    [
      "late replies",
      formatCount(late),
      `written for a call that had waited in vain; ${formatCount(anatomy.underway)} of them before the deadline, so the way back took too long`,
    ],
    [
      "no reply written",
      formatCount(anatomy.unreplied),
      "the device received the request of a call that waited in vain, and never replied",
    ],
    ["request never received", formatCount(anatomy.unreceived), "the call waited in vain and its device never saw it"],
    [
      "programmed beyond the timeout",
      formatCount(anatomy.programmedBeyond),
      "the device was to take the whole timeout or longer",
    ],
    [
      "strays: late",
      formatCount(strays.late),
      `replies after the end of their call, as the ${strays.source === "server" ? "server" : "fleet"} counted them`,
    ],
    ["strays: duplicate", formatCount(strays.duplicate), "further replies to a call that had one"],
    ["strays: unknown", formatCount(strays.unknown), "replies to a request id that the server did not know"],
  ];
  const about = `A reply is placed by the instant the device wrote it, the deadline is ${formatMs(timeoutUs)} ms after the server admitted the call (after it was sent, where the server is not ours). ${formatCount(counts.timeout)} calls timed out.`;
  const chart =
    inTime + late === 0
      ? note("No device wrote a reply.")
      : element(
          "ul",
          { class: "legend" },
          outcomeLegend("ok", "call answered in time") + outcomeLegend("timeout", "late: call had waited in vain"),
        ) + scrolling(histogram(bins), "Replies round the deadline, a chart");
  return block("Round the deadline", chart + table({ headings: ["what", "#count", "meaning"], rows }) + note(about), {
    id: "deadline",
  });
}

function histogram(bins: DeadlineAnatomy["bins"]): string {
  const used = bins.map(({ inTime, late }, index) => (inTime + late > 0 ? index : -1)).filter((index) => index >= 0);
  const middle = bins.findIndex(({ fromUs, toUs }) => fromUs < 0 && toUs > 0);
  const first = Math.max(0, Math.min(used[0] ?? 0, middle - 6));
  const end = Math.min(bins.length, Math.max((used.at(-1) ?? 0) + 1, middle + 7));
  const shown = bins.slice(first, end);
  const bars = shown.map(({ fromUs, toUs, inTime, late }): Bar => {
    // A label at each round edge: that is where a decade begins.
    const outer = fromUs < 0 && toUs <= 0 ? -fromUs : fromUs;
    const inner = fromUs < 0 && toUs <= 0 ? -toUs : fromUs;
    const isRound = Math.abs(Math.log10(inner / 1_000) % 1) < 0.01 && outer > 0;
    const sign = fromUs < 0 ? "−" : "+";
    const label = fromUs < 0 && toUs > 0 ? "±1 ms" : isRound && inner >= 10_000 ? `${sign}${shortMs(inner)}` : "";
    return {
      label,
      parts: [
        ["ok", inTime],
        ["timeout", late],
      ],
    };
  });
  const sum = (side: "inTime" | "late"): number => bins.reduce((total, bin) => total + bin[side], 0);
  return barChart({
    id: "deadline-bars",
    title: "Replies by their distance to the deadline",
    description: `${formatCount(sum("inTime"))} replies in time and ${formatCount(sum("late"))} late ones.`,
    width: 1060,
    height: 276,
    bars,
    yLabel: "replies (square root scale)",
    xLabel: "ms before (−) and after (+) the deadline, log",
    mark: { at: middle - first + 0.5, label: "deadline" },
  });
}
