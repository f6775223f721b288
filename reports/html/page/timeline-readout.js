/** The figures at the cursor, in words; without a cursor, what can be done. */

export const HINT = "Drag to zoom, double click or Escape for the whole run; arrow keys move the cursor, + and − zoom.";

/** The line of text, and what is to be told of each move of the cursor. */
export function timelineReadout(data, { slots }) {
  const place = document.createElement("p");
  place.className = "readout";
  place.setAttribute("role", "status");
  place.textContent = HINT;
  let shown = -1;
  const read = (plot) => {
    const { left } = plot.cursor;
    const slot =
      left === undefined || left < 0
        ? -1
        : Math.min(slots - 1, Math.max(0, Math.floor(plot.posToVal(left, "x") / data.slot)));
    if (slot === shown) return;
    shown = slot;
    place.textContent = slot < 0 ? HINT : textOf(data, slot);
  };
  return { place, read };
}

function textOf(data, slot) {
  const ended = data.outcomes
    .filter(({ rates }) => rates[slot] > 0)
    .map(({ name, rates }) => `${name} ${rates[slot]}/s`);
  const took = data.latency
    .filter(({ ms }) => ms[slot] !== null)
    .map(({ name, ms }) => `${name} ${ms[slot]} ms`)
    .reverse();
  const load = [
    `in flight ${data.inFlight[slot]}`,
    ...(data.lag[slot] === null ? [] : [`send lag ${data.lag[slot]} ms`]),
  ];
  const marks = data.events.filter(([at]) => Math.floor(at / data.slot) === slot).map(([, label]) => label);
  const time = `${Number((slot * data.slot).toFixed(2))} s`;
  const planned = [`planned ${data.planned[slot]}/s`, `sent ${data.sent[slot]}/s`];
  return [time, ...planned, ...ended, ...took, ...load, ...marks].join(" · ");
}
