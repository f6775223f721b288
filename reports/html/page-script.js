// The page's own script. Everything reads without it; it copies commands, and puts a timeline to zoom into in the place of the drawn one.
(() => {
  const byId = (id) => document.getElementById(id);

  for (const source of document.querySelectorAll("pre.command, .calls td > code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy the command: ${source.textContent}`);
    button.addEventListener("click", () => {
      // navigator.clipboard does not exist in a page that was opened as a file.
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
      button.textContent = "Copied";
    });
    source.after(button);
  }

  const figure = byId("timeline-figure");
  const source = byId("timeline-data");
  if (figure === null || source === null || typeof uPlot === "undefined") return;

  const data = JSON.parse(source.textContent);
  const slots = data.planned.length;
  const end = slots * data.slot;
  const starts = Array.from({ length: slots + 1 }, (_, index) => index * data.slot);
  const centres = Array.from({ length: slots }, (_, index) => (index + 0.5) * data.slot);
  const held = (values) => [...values, values[values.length - 1]];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const font = "12px system-ui, sans-serif";

  /** A fill with the Outcome's colour and texture. */
  const texture =
    ({ name, hatch }) =>
    () => {
      const size = 8 * devicePixelRatio;
      const tile = document.createElement("canvas");
      tile.width = tile.height = size;
      const context = tile.getContext("2d");
      context.scale(devicePixelRatio, devicePixelRatio);
      context.fillStyle = colour(name);
      context.fillRect(0, 0, 8, 8);
      context.strokeStyle = colour("hatch");
      context.lineWidth = 1.5;
      context.stroke(new Path2D(hatch));
      return context.createPattern(tile, "repeat");
    };

  const stacked = () => {
    const sum = new Array(slots).fill(0);
    return data.outcomes.map(({ rates }) => rates.map((rate, slot) => (sum[slot] += rate)));
  };

  const line = (label, name, more = {}) => ({
    label,
    stroke: () => colour(name),
    width: 2,
    points: { show: false },
    ...more,
  });
  const stepped = uPlot.paths.stepped({ align: 1 });
  const logRange = (least, values) => {
    const seen = values.filter((value) => value !== null && value > 0);
    return [10 ** Math.floor(Math.log10(Math.max(least, Math.min(...seen)))), Math.max(...seen) * 1.6];
  };
  const latencyRange = logRange(0.1, [data.deadline, ...data.latency.flatMap(({ ms }) => ms)]);
  const lagRange = logRange(0.01, [1, ...data.lag]);
  const atLeast = (least) => (value) => (value === null ? null : Math.max(least, value));
  /** All of the run where the view reaches from the first point to the last: points stand within their slots. */
  const whole = (_, min, max) => (min <= data.slot && max >= end - data.slot ? [0, end] : [min, max]);
  const plain = (_, ticks) => ticks.map((tick) => (tick === null ? "" : String(Number(tick.toPrecision(6)))));

  /** Grounds below, lines above: what crosses all panes. */
  const ground = (plot) => {
    const { ctx, bbox } = plot;
    const shade = (from, to) => {
      const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
      const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, "x", true));
      if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
    };
    ctx.save();
    ctx.fillStyle = colour("shade");
    if (data.warmUpUntil !== null) shade(0, data.warmUpUntil);
    if (data.drainFrom !== null) shade(data.drainFrom, end);
    ctx.restore();
  };
  const stroke = (plot, name, dash, path) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.beginPath();
    ctx.strokeStyle = colour(name);
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    path(ctx, bbox);
    ctx.stroke();
    ctx.restore();
  };
  const events = (plot) =>
    stroke(plot, "ink", [2, 3], (ctx, bbox) => {
      for (const [at] of data.events) {
        const x = plot.valToPos(at, "x", true);
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
      }
    });
  const deadline = (plot) =>
    stroke(plot, "fail", [7, 4], (ctx, bbox) => {
      const y = plot.valToPos(data.deadline, "y", true);
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
    });
  const deadlineLabel = ({ ctx, bbox, valToPos }) => {
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.fillStyle = colour("fail");
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(`deadline ${data.deadline} ms`, bbox.left + bbox.width, valToPos(data.deadline, "y", true) - 4);
    ctx.restore();
  };
  const rug = (plot) =>
    stroke(plot, "ink", [], (ctx, bbox) => {
      for (const at of data.pauses) {
        const x = plot.valToPos(at, "x", true);
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x, bbox.top + bbox.height - 8 * devicePixelRatio);
      }
    });
  /** The name of each curve at its last visible point. */
  const names = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.fillStyle = colour("ink");
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    let free = Number.POSITIVE_INFINITY;
    const ends = [];
    for (let index = plot.series.length - 1; index > 0; index -= 1) {
      const { label, scale } = plot.series[index];
      for (let slot = plot.data[0].length - 1; slot >= 0; slot -= 1) {
        const [at, value] = [plot.data[0][slot], plot.data[index][slot]];
        if (value === null || value === undefined || at < plot.scales.x.min || at > plot.scales.x.max) continue;
        ends.push({ label, y: plot.valToPos(value, scale, true) });
        break;
      }
    }
    for (const { label, y } of ends.sort((a, b) => b.y - a.y)) {
      const place = Math.min(y + 4 * devicePixelRatio, free);
      free = place - 14 * devicePixelRatio;
      ctx.fillText(label, bbox.left + bbox.width + 6 * devicePixelRatio, place);
    }
    ctx.restore();
  };

  const axis = (more) => ({
    stroke: () => colour("soft"),
    grid: { stroke: () => colour("grid"), width: 1 },
    ticks: { stroke: () => colour("grid"), width: 1 },
    font,
    ...more,
  });
  const decades = { filter: (_, ticks) => ticks.map((tick) => (Math.log10(tick) % 1 === 0 ? tick : null)) };
  const log = { stroke: () => colour("grid"), width: 1, ...decades };
  const pane = ({ title, height, scales, series, axes, draw, padding = [8, 54, 0, 0] }) => ({
    title,
    options: {
      width: 600,
      height,
      padding,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: true },
        sync: { key: "timeline", scales: ["x", null] },
        points: { size: 7 },
      },
      scales: { x: { time: false, range: whole }, ...scales },
      series: [{}, ...series],
      axes: [axis({ values: plain }), ...axes],
      hooks: { drawClear: [ground], draw: draw, setCursor: [read] },
    },
  });

  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("role", "status");
  const hint = "Drag to zoom, double click or Escape for the whole run; arrow keys move the cursor, + and − zoom.";
  readout.textContent = hint;
  let shown = -1;
  /** The figures at the cursor, in words. */
  function read(plot) {
    const { left } = plot.cursor;
    const slot =
      left === undefined || left < 0
        ? -1
        : Math.min(slots - 1, Math.max(0, Math.floor(plot.posToVal(left, "x") / data.slot)));
    if (slot === shown) return;
    shown = slot;
    if (slot < 0) {
      readout.textContent = hint;
      return;
    }
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
    readout.textContent = [
      time,
      `planned ${data.planned[slot]}/s`,
      `sent ${data.sent[slot]}/s`,
      ...ended,
      ...took,
      ...load,
      ...marks,
    ].join(" · ");
  }

  const cumulative = stacked();
  const panes = [
    {
      ...pane({
        title: "calls per second, by outcome",
        height: 190,
        scales: { y: { range: (_, __, max) => [0, Math.max(1, max) * 1.08] } },
        series: [
          // The highest area first: the lower ones cover what is theirs.
          ...data.outcomes
            .map((outcome) => line(outcome.name, outcome.name, { fill: texture(outcome), width: 0, paths: stepped }))
            .reverse(),
          line("sent", "sent", { width: 1.4, paths: stepped }),
          line("planned", "ink", { width: 1.4, dash: [5, 3], paths: stepped }),
        ],
        axes: [axis({ size: 60 })],
        draw: [events],
      }),
      values: [starts, ...cumulative.map(held).reverse(), held(data.sent), held(data.planned)],
    },
    {
      ...pane({
        title: "response time from the intended start, ms (log)",
        height: 220,
        scales: { y: { distr: 3, range: () => latencyRange } },
        series: data.latency.map(({ name }) =>
          line(name, name, {
            dash: name === "p90" ? [6, 3] : name === "max" ? [2, 3] : [],
            width: name === "max" ? 1.4 : 2,
          }),
        ),
        axes: [axis({ size: 60, values: plain, grid: log, ticks: log })],
        draw: [deadline, deadlineLabel, names, events],
      }),
      values: [centres, ...data.latency.map(({ ms }) => ms)],
    },
    {
      ...pane({
        title: "calls in flight (left), largest send lag, ms (log, right, dotted)",
        height: 160,
        scales: { y: { range: (_, __, max) => [0, Math.max(1, max) * 1.1] }, lag: { distr: 3, range: () => lagRange } },
        series: [line("in flight", "flight"), line("send lag", "lag", { scale: "lag", dash: [2, 3] })],
        axes: [
          axis({ size: 60 }),
          axis({ scale: "lag", side: 1, size: 54, ticks: log, grid: { show: false }, values: plain }),
        ],
        draw: [rug, events],
        padding: [8, 0, 0, 0],
      }),
      values: [centres, data.inFlight, data.lag.map(atLeast(0.01))],
    },
  ];

  const live = document.createElement("div");
  live.className = "live";
  live.tabIndex = 0;
  live.setAttribute("role", "group");
  live.setAttribute("aria-label", `Timeline to zoom into. ${hint}`);
  figure.append(live, readout);
  const plots = panes.map(({ title, options, values }) => {
    const heading = document.createElement("div");
    heading.className = "panetitle";
    heading.textContent = title;
    live.append(heading);
    return new uPlot(options, values, live);
  });
  figure.classList.add("is-live");

  const stretch = () => {
    const width = Math.floor(live.clientWidth);
    if (width > 0) for (const plot of plots) if (plot.width !== width) plot.setSize({ width, height: plot.height });
  };
  new ResizeObserver(stretch).observe(live);
  stretch();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots) plot.redraw(true, true);
  });

  const zoom = (from, to) => {
    const [min, max] = [Math.max(0, from), Math.min(end, to)];
    if (max - min < 2 * data.slot && !(min === 0 && max === end)) return;
    for (const plot of plots) plot.setScale("x", { min, max });
    // The plots take their new scale when this turn is over; the cursor then goes back to its instant.
    if (at >= 0) queueMicrotask(() => point(at));
  };
  let at = -1;
  const point = (slot) => {
    const { min, max } = plots[0].scales.x;
    const least = Math.ceil(min / data.slot);
    const most = Math.max(least, Math.floor(max / data.slot) - 1);
    at = Math.min(most, Math.max(least, slot));
    for (const plot of plots) plot.setCursor({ left: plot.valToPos(centres[at], "x"), top: 10 });
  };
  const keys = {
    ArrowLeft: () => point(at - 1),
    ArrowRight: () => point(at + 1),
    Home: () => point(0),
    End: () => point(slots - 1),
    Escape: () => zoom(0, end),
    "+": () => scaleBy(0.5),
    "-": () => scaleBy(2),
  };
  function scaleBy(factor) {
    const { min, max } = plots[0].scales.x;
    const middle = at < 0 ? (min + max) / 2 : centres[at];
    const reach = ((max - min) * factor) / 2;
    const from = Math.max(0, Math.min(middle - reach, end - 2 * reach));
    zoom(from, from + 2 * reach);
  }
  live.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
})();
