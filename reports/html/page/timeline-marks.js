/** What is painted into the panes of the timeline beside their curves: grounds below, lines and names above. */
import { colour, FONT } from "./paint.js";

export function timelineMarks(data, end) {
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
    ctx.font = `${12 * devicePixelRatio}px ${FONT}`;
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
  return { ground, events, deadline, deadlineLabel, rug, names };
}

function stroke(plot, name, dash, path) {
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
}

/** The name of each curve at its last visible point. */
function names(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `600 ${12 * devicePixelRatio}px ${FONT}`;
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
}
