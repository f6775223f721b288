/** The style of the report: light and dark by the reader's preference, and a print form. No font, image or file from outside. */

const LIGHT = `
--page:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5b6676;--line:#dfe3e9;--grid:#e9ecf0;--accent:#2563a8;--code:#f0f2f5;
--pass:#1a7f4e;--pass-bg:#e6f5ec;--fail:#b42318;--fail-bg:#fdecea;--invalid:#7a3eb1;--invalid-bg:#f3ebfb;--suspect:#97620a;--suspect-bg:#fdf3dc;
--p50:#2563a8;--p99:#c2410c;--max:#9aa3af;--lag:#7a3eb1;
--ok:#3aa57a;--device_error:#dba520;--timeout:#d6453d;--no_connection:#8e5bd0;--rejected:#b0652f;--server_error:#a8327d;--transport_error:#5c7fa3;--dropped:#8a8f98;--cancelled:#c3c8d0;
--heat0:#dbe9f6;--heat1:#b5d4ec;--heat2:#86b9df;--heat3:#549bcd;--heat4:#2d7bb6;--heat5:#155a94;--heat6:#08396b;`;

const DARK = `
--page:#12161c;--card:#1a2029;--ink:#e6eaf0;--soft:#9aa6b5;--line:#2d3643;--grid:#262e39;--accent:#7db4ee;--code:#242c37;
--pass:#5fd39b;--pass-bg:#15302a;--fail:#ff8a80;--fail-bg:#3a1e20;--invalid:#c9a2f5;--invalid-bg:#2c2140;--suspect:#f0c060;--suspect-bg:#35290f;
--p50:#6fb1f5;--p99:#ff9a5c;--max:#6b7686;--lag:#c9a2f5;
--ok:#3aa57a;--device_error:#d8a835;--timeout:#e5645c;--no_connection:#a67ee0;--rejected:#c98350;--server_error:#c85aa3;--transport_error:#7d9fc2;--dropped:#7b828d;--cancelled:#575f6b;
--heat0:#1d3148;--heat1:#1f4668;--heat2:#225f8c;--heat3:#2d7fb5;--heat4:#4fa3d6;--heat5:#8cc9ee;--heat6:#d8f0ff;`;

const OUTCOME_NAMES = [
  "ok",
  "device_error",
  "timeout",
  "no_connection",
  "rejected",
  "server_error",
  "transport_error",
  "dropped",
  "cancelled",
];

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
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:10px;margin-top:12px}
.tile{border:1px solid var(--line);border-radius:8px;padding:9px 12px}.tile b{display:block;font-size:21px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}
.tile span{font-size:12.5px;color:var(--soft)}.tile.bad b{color:var(--fail)}
.void .tiles,.void table,.void .chart{opacity:.55}.watermark{color:var(--invalid);font-weight:650;margin-top:8px}
.sum{margin-top:12px;font-size:14px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:8px 0 0;padding:0;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:14px;height:10px;border-radius:2px;margin-right:6px}.legend i.rule{height:0;border-top:2.5px solid;border-radius:0;vertical-align:3px}
.legend i.dash{border-top-style:dashed}
.chart{display:block;width:100%;min-width:640px;height:auto;margin-top:10px;font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.chart text{fill:var(--soft);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}.chart .axis{font-weight:600;fill:var(--ink);font-size:13px}.chart .tick{font-size:12px}.chart .danger{fill:var(--fail)}
.chart .curvelabel{font-weight:600;fill:var(--ink)}.chart .eventlabel{fill:var(--ink);font-size:12px;paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.chart path{fill:none}.grid{stroke:var(--grid)}.base{stroke:var(--soft)}.planned{stroke:var(--ink);stroke-width:1.4;stroke-dasharray:5 3}
.deadline{stroke:var(--fail);stroke-width:1.5;stroke-dasharray:7 4}.event{stroke:var(--ink);stroke-dasharray:2 3}.ideal{stroke:var(--soft);stroke-dasharray:4 4}
.line{stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.line.p50{stroke:var(--p50)}.line.p99{stroke:var(--p99)}.line.max{stroke:var(--max);stroke-width:1.2}.line.lag{stroke:var(--lag)}.line.dot{stroke-width:6}.line.broad{stroke-width:5;opacity:.55}
.holds{fill:var(--pass)}.chart .breaks{stroke:var(--fail);stroke-width:2.6}
button{font:inherit;font-size:13px;margin-top:8px;padding:4px 14px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--accent);cursor:pointer}
footer{margin-top:22px;color:var(--soft);font-size:13px}
@media (max-width:900px){.tiles{grid-template-columns:repeat(3,1fr)}}@media (max-width:700px){.tiles{grid-template-columns:repeat(2,1fr)}main{padding:14px 10px}section{padding:14px}}
@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}section{break-inside:avoid;border-color:#ccc;margin-top:8px}.long{break-inside:auto}button{display:none}.chart{min-width:0}}`;

/** The style sheet, as the content of one <style> element. */
export function styleSheet(): string {
  const outcomes = OUTCOME_NAMES.map(
    (name) => `.chart .o-${name}{fill:var(--${name})}.legend .o-${name}{background:var(--${name})}`,
  );
  const heat = Array.from({ length: 7 }, (_, level) => `.chart .heat${level}{fill:var(--heat${level})}`);
  // Paper is white, whatever the reader's screen is.
  const schemes = `:root{color-scheme:light dark;${LIGHT}}@media screen and (prefers-color-scheme:dark){:root{${DARK}}}`;
  return `${schemes}${PAGE}${outcomes.join("")}${heat.join("")}`.replaceAll("\n", "");
}
