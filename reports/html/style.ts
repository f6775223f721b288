/** The style of the report: light and dark by the reader's preference, and a print form. No font, image or file from outside. */
import { OUTCOMES } from "../../protocol/outcome.ts";
import { HATCHES } from "./hatch.ts";
import { HEAT_LEVELS } from "./heatmap-chart.ts";

const LIGHT = `
--page:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5b6676;--line:#dfe3e9;--grid:#e9ecf0;--accent:#2563a8;--code:#f0f2f5;
--pass:#177245;--pass-bg:#e6f5ec;--fail:#b42318;--fail-bg:#fdecea;--invalid:#7a3eb1;--invalid-bg:#f3ebfb;--suspect:#97620a;--suspect-bg:#fdf3dc;
--p50:#2563a8;--p90:#0f766e;--p99:#c2410c;--max:#6b7482;--lag:#7a3eb1;--sent:#1b2330;--flight:#0f766e;--shade:#eef0f3;--hatch:#ffffffb0;
--ok:#3aa57a;--device_error:#dba520;--timeout:#d6453d;--no_connection:#8e5bd0;--rejected:#b0652f;--server_error:#a8327d;--transport_error:#5c7fa3;--dropped:#8a8f98;--cancelled:#c3c8d0;
--heat0:#c3dcf0;--heat1:#9cc4e4;--heat2:#74abd6;--heat3:#4a8fc4;--heat4:#2a72ad;--heat5:#155590;--heat6:#08345f;`;

const DARK = `
--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b5;--line:#2d3643;--grid:#262e39;--accent:#7db4ee;--code:#242c37;
--pass:#5fd39b;--pass-bg:#15302a;--fail:#ff8a80;--fail-bg:#3a1e20;--invalid:#c9a2f5;--invalid-bg:#2c2140;--suspect:#f0c060;--suspect-bg:#35290f;
--p50:#6fb1f5;--p90:#4fc4b5;--p99:#ff9a5c;--max:#8b96a6;--lag:#c9a2f5;--sent:#e6eaf0;--flight:#4fc4b5;--shade:#222a35;--hatch:#12161cb0;
--ok:#3aa57a;--device_error:#d8a835;--timeout:#e5645c;--no_connection:#a67ee0;--rejected:#c98350;--server_error:#c85aa3;--transport_error:#7d9fc2;--dropped:#7b828d;--cancelled:#575f6b;
--heat0:#24486b;--heat1:#285c8a;--heat2:#2f73a8;--heat3:#4389c2;--heat4:#65a5da;--heat5:#98c8ef;--heat6:#dff2ff;`;

const PAGE = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 24px 64px}
h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:18px;margin:0 0 4px;letter-spacing:-.005em}
p{margin:4px 0 0}.soft,.note{color:var(--soft)}.note{font-size:13.5px;max-width:128ch}.events{margin-top:8px;font-size:13.5px}.events summary{cursor:pointer}.events ul{margin:4px 0 0;padding-left:20px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 22px 20px;margin-top:16px}
code,pre,.num{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{font-size:.92em;background:var(--code);padding:1px 5px;border-radius:4px;overflow-wrap:anywhere}
pre{margin:8px 0 0;padding:12px 14px;background:var(--code);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
.strip dl{display:flex;flex-wrap:wrap;gap:4px 26px;margin:12px 0 0}.strip dt{color:var(--soft);font-size:12px;letter-spacing:.03em}
.strip dd{margin:0;font-size:14px;overflow-wrap:anywhere}
.banner{display:flex;gap:18px;align-items:flex-start;border-left-width:6px}
.banner .word{font-size:22px;font-weight:750;letter-spacing:.04em;line-height:34px}
.banner svg{flex:none;width:34px;height:34px}.banner ul{margin:6px 0 2px;padding-left:20px}
.is-pass{border-color:var(--pass);background:var(--pass-bg)}.is-fail{border-color:var(--fail);background:var(--fail-bg)}
.is-invalid{border-color:var(--invalid);background:var(--invalid-bg)}.is-unclear{border-color:var(--suspect);background:var(--suspect-bg)}
.is-pass .word,.is-pass svg{color:var(--pass)}.is-fail .word,.is-fail svg{color:var(--fail)}.is-invalid .word,.is-invalid svg{color:var(--invalid)}.is-unclear .word,.is-unclear svg{color:var(--suspect)}
.badge{display:inline-block;font-size:12px;font-weight:650;letter-spacing:.03em;padding:1px 8px;border-radius:999px;white-space:nowrap}
.badge.pass,.badge.healthy,.badge.holds{color:var(--pass);background:var(--pass-bg)}.badge.fail,.badge.breaks{color:var(--fail);background:var(--fail-bg)}
.badge.invalid{color:var(--invalid);background:var(--invalid-bg)}.badge.suspect,.badge.unclear{color:var(--suspect);background:var(--suspect-bg)}
.badge.muted{color:var(--soft);background:var(--code)}
h2 .badge{margin-left:8px;vertical-align:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;min-width:56%;margin-top:10px;font-size:14px}
th{font-weight:600;text-align:left;color:var(--soft);font-size:12.5px}th.num{font-family:inherit}tbody th.num{font-variant-numeric:tabular-nums}thead th{border-bottom:1px solid var(--line)}
th,td{padding:6px 0 6px 26px;vertical-align:top}th:first-child{padding-left:0}tbody tr+tr>*{border-top:1px solid var(--grid)}tbody th{color:var(--ink);font-size:14px;font-weight:550}
td.num,th.num{text-align:right;white-space:nowrap}td.num{font-size:13.5px;font-variant-numeric:tabular-nums}tr.head td,tr.head th{font-weight:700}
.tiles{display:grid;grid-template-columns:repeat(7,1fr);gap:10px;margin-top:12px}
.tile{border:1px solid var(--line);border-radius:8px;padding:9px 12px}.tile b{display:block;font-size:20px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}
details summary{cursor:pointer;margin-top:10px;font-size:13.5px;color:var(--accent)}
.swatch{vertical-align:-1px;margin-right:6px;border-radius:2px}.swatch path,.chart .swatch path{fill:none}.patterns{position:absolute}.spark{display:block}.spark path{fill:none;stroke:var(--p50);stroke-width:1.4;stroke-linejoin:round}.hatch{stroke:var(--hatch);stroke-width:1.5;fill:none}
.key{display:inline-block;width:20px;margin-right:8px;border-radius:3px;text-align:center;font-style:normal;font-size:12px;font-weight:650;line-height:17px}
.wide:focus-visible,.live:focus-visible,button:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}a{color:var(--accent)}
.calls th,.calls td{padding-left:14px}.calls th:first-child{padding-left:0}.calls td.num{font-size:12.5px}.calls td:last-child{min-width:260px}.calls td code{font-size:11.5px}.calls button{margin:0 0 0 6px;padding:0 7px;font-size:12px}
.legend i.phase{background:var(--shade);border:1px solid var(--line)}
.live{display:none}.readout{display:none;margin-top:6px;font-size:13px;min-height:3em;font-variant-numeric:tabular-nums}.panetitle{font-size:13px;font-weight:600;margin-top:10px}
.u-select{background:var(--accent);opacity:.18}.u-hz .u-cursor-x,.u-vt .u-cursor-y{border-right-color:var(--soft)}
.tile small{display:block;font-size:12px;font-variant-numeric:tabular-nums}.tile span{font-size:12.5px;color:var(--soft)}.tile.bad b{color:var(--fail)}
.void{--ink:var(--soft);background:repeating-linear-gradient(135deg,var(--card) 0 14px,var(--shade) 14px 16px)}.void .chart{filter:grayscale(1)}.nowrap{white-space:nowrap}.void .tile{background:var(--card)}.watermark{color:var(--invalid);font-weight:650;margin-top:8px}
.sum{margin-top:12px;font-size:14px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:8px 0 0;padding:0;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:6px}.legend i.rule{height:0;border-top:2.5px solid;border-radius:0;vertical-align:3px}
.legend i.dash{border-top-style:dashed}.legend i.dots{border-top-style:dotted}.legend i.tickmark{width:2px;height:10px;margin-left:6px;background:var(--ink)}
.chart{display:block;width:100%;min-width:860px;height:auto;margin-top:10px;font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.chart text{fill:var(--soft);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}.chart .axis{font-weight:600;fill:var(--ink);font-size:13px}.chart .tick{font-size:12px}.chart .danger{fill:var(--fail)}
.chart .curvelabel{font-weight:600;fill:var(--ink)}.chart .eventlabel{fill:var(--ink);font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.chart path{fill:none}.grid{stroke:var(--grid)}.base{stroke:var(--soft)}.planned{stroke:var(--ink);stroke-width:1.4;stroke-dasharray:5 3}
.deadline{stroke:var(--fail);stroke-width:1.5;stroke-dasharray:7 4}.event{stroke:var(--ink);stroke-dasharray:2 3}.ideal{stroke:var(--soft);stroke-dasharray:4 4}
.line{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.line.p50{stroke:var(--p50)}.line.p90{stroke:var(--p90);stroke-dasharray:6 3}.line.flight{stroke:var(--flight)}.sent{stroke:var(--sent);stroke-width:1.2}
.chart .shade,.chart .bandground{fill:var(--shade)}.rug{stroke:var(--ink);stroke-width:1.2}.chart .band{stroke:none;opacity:.2}.chart .band.p99{fill:var(--p99)}.interval{stroke-width:1.4}.interval.p99{stroke:var(--p99)}
.dots{stroke:var(--p50);stroke-width:5;stroke-linecap:round}.chart .ring{fill:none;stroke:var(--ink);stroke-width:1.5}.heat path{stroke-width:1.03;shape-rendering:crispEdges}.line.p99{stroke:var(--p99)}.line.max{stroke:var(--max);stroke-width:1.4;stroke-dasharray:2 3}.line.lag{stroke:var(--lag);stroke-width:1.6;stroke-dasharray:2 3}.line.dot{stroke-width:6}.line.broad{stroke-width:5;opacity:.55}
.holds{fill:var(--pass)}.chart .breaks{stroke:var(--fail);stroke-width:2.6}
button{font:inherit;font-size:13px;margin-top:8px;padding:4px 14px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--accent);cursor:pointer}
footer{margin-top:22px;color:var(--soft);font-size:13px}
@media (max-width:1000px){.tiles{grid-template-columns:repeat(4,1fr)}}@media (max-width:700px){.tiles{grid-template-columns:repeat(2,1fr)}main{padding:14px 10px}section{padding:14px}.wide table{min-width:max-content}.wide th,.wide td{max-width:260px;padding-left:16px}.wide td code,.wide th code{overflow-wrap:normal}}
@media screen{.is-live .live{display:block}.is-live .readout{display:block}.is-live>.wide{display:none}}
@media print{body{background:#fff;font-size:9pt}main{max-width:none;padding:0}@page{margin:9mm}section{border-color:#ccc;margin-top:6px;padding:8px 12px}h2{break-after:avoid}.chart,.tiles,.banner{break-inside:avoid}button,.copy{display:none}.chart{min-width:0;font-size:15px}.chart .tick,.chart .eventlabel{font-size:14.5px}.wide{overflow:visible}table{font-size:8pt;min-width:0;max-width:100%}th,td{padding:2px 0 2px 12px}td code{overflow-wrap:anywhere}tr{break-inside:avoid}.note{font-size:8pt}.tile{padding:4px 8px}.tile b{font-size:15px}td.num,tbody th{font-size:8pt}thead th{font-size:8pt}.calls td code{font-size:7pt}.calls td,.calls td.num{font-size:7.5pt}.calls th,.calls td{padding-left:8px}}`;

/** Stages of a Call, in order: grounds that are told apart in grey as well, and ink that is read on each. */
const STAGE_COLOURS = [
  ["#4b5563", "#fff"],
  ["#9cc9ef", "#10161d"],
  ["#1f5f9e", "#fff"],
  ["#f2c879", "#10161d"],
  ["#b4530a", "#fff"],
  ["#b9dfc6", "#10161d"],
  ["#1d6b48", "#fff"],
] as const;

/** The style sheet, as the content of one <style> element. */
export function styleSheet(): string {
  const outcomes = OUTCOMES.map((name) => `.chart path.o-${name},.swatch path.o-${name}{fill:var(--${name})}`);
  const textured = OUTCOMES.filter((name) => HATCHES[name] !== "");
  const hatches = textured.map((name) => `.chart .h-${name}{fill:url(#hatch-${name})}`);
  const stages = STAGE_COLOURS.map(
    ([ground, ink], index) =>
      `.stage${index}{fill:${ground};background:${ground};color:${ink}}.chart .onstage${index}{fill:${ink};stroke:none;font-weight:650}`,
  );
  const heat = Array.from({ length: HEAT_LEVELS }, (_, level) => `.chart .heat${level}{stroke:var(--heat${level})}`);
  // Paper is white, whatever the reader's screen is.
  const schemes = `:root{color-scheme:light dark;${LIGHT}}@media screen and (prefers-color-scheme:dark){:root{${DARK}}}`;
  return `${schemes}${PAGE}${outcomes.join("")}${hatches.join("")}${stages.join("")}${heat.join("")}`.replaceAll(
    "\n",
    "",
  );
}
