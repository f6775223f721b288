/**
 * A chart over time, drawn as SVG so that the page's style and its dark form apply. It takes its data as uPlot does, so that uPlot
 * can take its place: an array of times, then one array of values for each series; null is a gap.
 *
 * liveChart(parent, { title, unit, format, series: [{ label, colour, area, dashed }] }) -> { setData([times, ...values]) }
 * Series with `area` are stacked; the others are lines.
 */
export function liveChart(parent, options) {
  const WIDTH = 1060;
  const HEIGHT = 200;
  const FRAME = { left: 64, right: 1036, top: 12, bottom: 172 };
  const figure = document.createElement("div");
  figure.className = "plot";
  const heading = document.createElement("h3");
  heading.textContent = `${options.title}, ${options.unit}`;
  const svg = create("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    tabindex: "0",
    "aria-label": heading.textContent,
  });
  // Read aloud only while its reader moves through the chart, not every second.
  const output = document.createElement("p");
  output.className = "note";
  const legend = document.createElement("ul");
  legend.className = "legend";
  for (const { label, colour } of options.series) {
    const entry = document.createElement("li");
    const patch = document.createElement("i");
    patch.style.background = `var(--${colour})`;
    entry.append(patch, label);
    legend.append(entry);
  }
  figure.append(heading, svg, output, legend);
  parent.append(figure);

  let data = [[]];
  let chosen = -1;

  function create(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  /** The values as they are drawn: areas stand on each other. */
  function heights() {
    const series = data.slice(1);
    const sums = data[0].map(() => 0);
    return series.map((values, place) =>
      options.series[place].area
        ? values.map((value, index) => {
            sums[index] += value ?? 0;
            return sums[index];
          })
        : values,
    );
  }

  function niceTop(value) {
    if (value <= 0) return 1;
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 2.5, 5, 10].find((factor) => factor * power >= value) * power;
  }

  function draw() {
    svg.replaceChildren();
    const [times] = data;
    const drawn = heights();
    const first = times[0] ?? 0;
    const last = Math.max(first + 10, times.at(-1) ?? 0);
    const top = niceTop(Math.max(0, ...drawn.flat().map((value) => value ?? 0)));
    const x = (time) => FRAME.left + ((time - first) / (last - first)) * (FRAME.right - FRAME.left);
    const y = (value) => FRAME.bottom - (value / top) * (FRAME.bottom - FRAME.top);
    drawAxes({ first, last, top, x, y });
    // The topmost of a stack is drawn first, so that those below it stay to be seen.
    for (let index = drawn.length - 1; index >= 0; index--) {
      const { colour, area, dashed } = options.series[index];
      const path = pathOf(times, drawn[index], { x, y, area });
      const style = area ? `fill:var(--${colour})` : `stroke:var(--${colour})`;
      if (path !== "")
        svg.append(create("path", { d: path, class: area ? "" : dashed ? "curve dashed" : "curve", style }));
    }
    if (chosen >= 0 && chosen < times.length) {
      const at = x(times[chosen]);
      svg.append(create("path", { class: "cursor", d: `M${at} ${FRAME.top}V${FRAME.bottom}` }));
    }
    tell();
  }

  function drawAxes({ first, last, top, x, y }) {
    for (const share of [0, 0.5, 1]) {
      const value = share * top;
      svg.append(create("path", { class: "grid", d: `M${FRAME.left} ${y(value)}H${FRAME.right}` }));
      write(FRAME.left - 8, y(value) + 4, "end", options.format(value));
    }
    const step = [1, 2, 5, 10, 20, 30, 60, 120].find((width) => (last - first) / width <= 12) ?? 300;
    for (let time = Math.ceil(first / step) * step; time <= last; time += step)
      write(x(time), FRAME.bottom + 18, "middle", `${time} s`);
  }

  function write(x, y, anchor, words) {
    const text = create("text", { x, y, "text-anchor": anchor });
    text.textContent = words;
    svg.append(text);
  }

  function pathOf(times, values, { x, y, area }) {
    let path = "";
    let start;
    let before;
    for (const [index, time] of times.entries()) {
      const value = values[index];
      if (value === null || value === undefined) {
        if (area && start !== undefined) path += `V${y(0)}H${start}Z`;
        start = undefined;
        continue;
      }
      const at = x(time).toFixed(1);
      path += start === undefined ? `M${at} ${y(value).toFixed(1)}` : `L${at} ${y(value).toFixed(1)}`;
      start ??= at;
      before = at;
    }
    // A point alone is a dot.
    if (!area && start === before && start !== undefined) path += "h2";
    return area && start !== undefined ? `${path}V${y(0)}H${start}Z` : path;
  }

  function tell() {
    const [times] = data;
    const index = chosen < 0 ? times.length - 1 : Math.min(chosen, times.length - 1);
    if (index < 0) return;
    const values = options.series.map(({ label, area }, series) => ({ label, area, value: data[series + 1][index] }));
    // Of a stack, what nobody had is left out.
    const shown = values.filter(({ area, value }) => value !== null && value !== undefined && (value !== 0 || !area));
    output.textContent = `${times[index]} s: ${shown.map(({ label, value }) => `${label} ${options.format(value)}`).join(", ")}`;
  }

  function choose(index) {
    chosen = Math.max(-1, Math.min(index, data[0].length - 1));
    output.setAttribute("aria-live", chosen < 0 ? "off" : "polite");
    draw();
  }

  svg.addEventListener("keydown", (event) => {
    const end = data[0].length - 1;
    const from = chosen < 0 ? end : chosen;
    const moves = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: end, Escape: -1 };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    choose(event.key === "Escape" ? -1 : Math.max(0, moves[event.key]));
  });
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width) * WIDTH;
    const place = (share - FRAME.left) / (FRAME.right - FRAME.left);
    const [times] = data;
    if (times.length === 0) return;
    const last = Math.max(times[0] + 10, times.at(-1));
    const time = times[0] + place * (last - times[0]);
    choose(times.findIndex((at) => at >= time - 0.5));
  });
  svg.addEventListener("pointerleave", () => choose(-1));

  return {
    setData(next) {
      data = next;
      draw();
    },
  };
}
