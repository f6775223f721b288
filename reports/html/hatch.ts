/** A texture for each Outcome, so that areas differ in more than colour. */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { element } from "../markup.ts";

/** Strokes of a tile of 8 by 8; `ok` is plain. */
export const HATCHES: Readonly<Record<Outcome, string>> = {
  ok: "",
  device_error: "M0 4h8",
  timeout: "M-1 9L9 -1",
  no_connection: "M-1 -1L9 9",
  rejected: "M4 0v8",
  server_error: "M0 4h8M4 0v8",
  transport_error: "M2 2h3v3h-3z",
  dropped: "M-1 9L9 -1M-1 -1L9 9",
  cancelled: "M3 4h2",
};

/** The textures as patterns, named `hatch-{outcome}`: once for the page, for all its drawings. */
export function hatchPatterns(): string {
  const patterns = OUTCOMES.filter((outcome) => HATCHES[outcome] !== "").map((outcome) => {
    const tile = { id: `hatch-${outcome}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" };
    return element("pattern", tile, element("path", { class: "hatch", d: HATCHES[outcome] }));
  });
  // A drawing that is not displayed at all would take its patterns with it.
  return element("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, patterns.join(""));
}

/** An area in the colour and the texture of an Outcome. */
export function outcomeArea(outcome: Outcome, d: string): string {
  const ground = element("path", { class: `o-${outcome}`, d });
  return HATCHES[outcome] === "" ? ground : ground + element("path", { class: `h-${outcome}`, d });
}

/** A small picture of an Outcome's colour and texture, for legends and tables. */
export function outcomeSwatch(outcome: Outcome): string {
  const frame = { class: "swatch", viewBox: "0 0 16 8", width: 16, height: 10, "aria-hidden": "true" };
  const ground = element("path", { class: `o-${outcome}`, d: "M0 0h16v8H0z" });
  const hatch = HATCHES[outcome];
  const tiles = [0, 8].map((x) => element("path", { class: "hatch", d: hatch, transform: `translate(${x})` }));
  return element("svg", frame, hatch === "" ? ground : ground + tiles.join(""));
}

/** Outcomes with at least one Call, in the order of the catalogue. */
export function occurring(counts: Readonly<Record<Outcome, number>>): Outcome[] {
  return OUTCOMES.filter((outcome) => counts[outcome] > 0);
}
