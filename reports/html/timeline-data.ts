/** The overview timeline as numbers, for the script that draws one to zoom into. */
import { OUTCOMES } from "../../protocol/outcome.ts";
import { MILLISECOND, SECOND } from "../../protocol/time.ts";
import type { RunRecord } from "../run-record.ts";
import { HATCHES } from "./hatch.ts";
import { inFlight } from "./timeline.ts";
import type { TimelineChart } from "./timeline-chart.ts";
import { LATENCY_CURVES } from "./timeline-panes.ts";

/** A <script> of data; empty when there is nothing to draw. Seconds, milliseconds, and calls per second; null where there is a gap. */
export function timelineData({ facts, totals }: RunRecord, { timeline, phases, pauses }: TimelineChart): string {
  const { slots, slotUs } = timeline;
  if (slots.length === 0) return "";
  const rate = (count: number): number => short((count * SECOND) / slotUs);
  const ms = (us: number | undefined): number | null => (us === undefined ? null : short(us / MILLISECOND));
  const occurred = OUTCOMES.filter((outcome) => slots.some((slot) => slot.settled[outcome] > 0));
  const data = {
    slot: slotUs / SECOND,
    planned: slots.map(({ planned }) => rate(planned)),
    sent: slots.map(({ sent }) => rate(sent)),
    outcomes: occurred.map((outcome) => ({
      name: outcome,
      hatch: HATCHES[outcome],
      rates: slots.map(({ settled }) => rate(settled[outcome])),
    })),
    latency: LATENCY_CURVES.map(({ name, read }) => ({ name, ms: slots.map((slot) => ms(read(slot))) })),
    inFlight: inFlight(timeline),
    lag: slots.map(({ lagUs }) => ms(lagUs)),
    deadline: facts.timeout / MILLISECOND,
    warmUpUntil: phases.warmUpUntil === undefined ? null : phases.warmUpUntil / SECOND,
    drainFrom: phases.drainFrom === undefined ? null : phases.drainFrom / SECOND,
    pauses: pauses.map((at) => short(at / SECOND)),
    events: totals.events.map(({ at, label }) => [short(at / SECOND), label]),
  };
  return dataScript("timeline-data", data);
}

/** Data in the page that no reader of markup takes for markup. */
export function dataScript(id: string, data: unknown): string {
  return `<script type="application/json" id="${id}">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`;
}

function short(value: number): number {
  return Number(value.toPrecision(5));
}
