/** What the canvas is painted with: the style sheet's colours, as they are for this reader. */

export const FONT = "system-ui, sans-serif";

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A fill with the Outcome's colour and texture. */
export function texture({ name, hatch }) {
  return () => {
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
}
