/** Device by device: the one bad device among thousands, and how timeouts are spread over them. */
import type { DeviceTails } from "../device-tails.ts";
import { formatCount, formatMs } from "../format.ts";
import { element } from "../markup.ts";
import { axisOf } from "./axes.ts";
import { type Bar, barChart } from "./bars.ts";
import { drawing, type Frame, px, text } from "./svg.ts";
import { block, note, scrolling, table } from "./table.ts";

const WIDTH = 1060;
const HEIGHT = 296;
const FRAME: Frame = { left: 64, top: 34, width: 966, height: 200 };
const WORST = 10;
const MOST_BARS = 12;

/** Every device of a run with at least one answer, and every one that was called. */
export function deviceBlock(devices: DeviceTails): string {
  const options = { id: "devices" };
  if (devices.timeouts.length === 0) return block("Devices", note("No device was called."), options);
  const what = devices.statistic === "p99" ? "p99 of the response time" : "slowest answer";
  const parts = [
    devices.tails.length === 0
      ? note("No device answered.")
      : scrolling(dotPlot(devices, what), `${what} by device, a chart`),
    devices.tails.length === 0 ? "" : worstTable(devices, what),
    scrolling(timeoutBars(devices.timeouts), "Timeouts by device, a chart"),
    note(sayHidden(devices)),
  ];
  return block("Devices", parts.join(""), options);
}

function sayHidden({ statistic, tails, tooFew, silent }: DeviceTails): string {
  const why =
    statistic === "p99"
      ? "The p99 of a device is known to within 5 %."
      : "A device has too few answers here for a p99 of its own (368 are needed), or there are more than 5,000 devices: its slowest answer stands for it, which grows with the number of its calls.";
  const few = tooFew === 0 ? "" : ` ${formatCount(tooFew)} devices with fewer than 368 answers are left out.`;
  const none = silent === 0 ? "" : ` ${formatCount(silent)} devices that were called never answered.`;
  return `${formatCount(tails.length)} devices are shown. ${why}${few}${none}`;
}

function dotPlot({ tails }: DeviceTails, what: string): string {
  const values = tails.map(({ valueUs }) => Math.max(1, valueUs));
  const [lowest, highest] = [values[0] ?? 1, values.at(-1) ?? 1];
  const label = `${what}, ms (log)`;
  const domain = [lowest / 1.3, Math.max(highest * 1.3, lowest * 4)] as const;
  const { scale: y, drawn } = axisOf(FRAME, { side: "y", kind: "log", domain, label });
  const ranks = { side: "x", kind: "linear", domain: [0, tails.length], ticks: 10 } as const;
  const { scale: x, drawn: xDrawn } = axisOf(FRAME, { ...ranks, label: "devices, the quickest first" });
  const places = values.map((us, rank) => `${Math.round(x.at(rank + 0.5))} ${px(y.at(us))}`);
  // More devices than pixels lie on top of each other; the slowest of each pixel is kept.
  const seen = places.filter((place, rank) => place.split(" ")[0] !== places[rank + 1]?.split(" ")[0]);
  const dots = element("path", { class: "dots", d: seen.map((place) => `M${place}h0`).join("") });
  const worst = tails.at(-1);
  const named =
    worst === undefined
      ? ""
      : text(FRAME.left + FRAME.width - 8, y.at(highest) - 8, `device ${worst.device}: ${formatMs(worst.valueUs)} ms`, {
          class: "curvelabel",
          "text-anchor": "end",
        });
  const description = `${what} of ${formatCount(tails.length)} devices, from ${formatMs(lowest)} to ${formatMs(highest)} ms.`;
  return drawing(
    { id: "device-tails", title: `${what} by device`, description, width: WIDTH, height: HEIGHT },
    drawn + xDrawn + dots + named,
  );
}

function worstTable({ tails }: DeviceTails, what: string): string {
  const rows = tails
    .slice(-WORST)
    .reverse()
    .map(({ device, answers, valueUs, timeouts }) => [
      String(device),
      formatMs(valueUs),
      formatCount(answers),
      formatCount(timeouts),
    ]);
  return table({ headings: ["#device", `#${what}, ms`, "#answers", "#timeouts"], rows });
}

function timeoutBars(timeouts: readonly number[]): string {
  const most = timeouts.reduce((max, count) => Math.max(max, count), 0);
  const width = Math.max(1, Math.ceil(most / (MOST_BARS - 1)));
  const counts = new Array<number>(1 + Math.ceil(most / width)).fill(0);
  for (const count of timeouts) {
    const bar = Math.ceil(count / width);
    counts[bar] = (counts[bar] as number) + 1;
  }
  const bars = counts.map((count, index): Bar => {
    const [from, to] = [(index - 1) * width + 1, index * width];
    const label = index === 0 ? "none" : from === to ? String(to) : `${from}–${to}`;
    return { label, parts: [[index === 0 ? "ok" : "timeout", count]] };
  });
  const hit = timeouts.filter((count) => count > 0).length;
  return barChart({
    id: "device-timeouts",
    title: "Timeouts by device",
    description: `${formatCount(hit)} of ${formatCount(timeouts.length)} devices had a timeout, at most ${formatCount(most)} each.`,
    width: WIDTH,
    height: 226,
    bars,
    yLabel: "devices (square root scale)",
    xLabel: "timeouts of a device",
  });
}
