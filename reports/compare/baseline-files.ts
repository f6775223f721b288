/** A run kept as two small text files that git can hold: its figures, and the histogram of its response times in one line. */
import { SECOND } from "../../protocol/time.ts";
import { writeHlog } from "../hlog.ts";
import { encodeBaseline, hlogOf, type MeasuredRun } from "./measured-run.ts";

export interface BaselineFile {
  readonly path: string;
  readonly text: string;
}

/** The files of a baseline; `path` ends in `.json`. A run without answers has a log without lines. */
export function baselineFiles(run: MeasuredRun, path: string): BaselineFile[] {
  const { startedAt, durationS } = run.figures.window;
  const { responseTime: histogram } = run;
  const interval = { tag: "response-time", start: 0, end: Math.round(durationS * SECOND) };
  const intervals = histogram === undefined ? [] : [{ ...interval, histogram }];
  return [
    { path: hlogOf(path), text: writeHlog(startedAt, intervals) },
    { path, text: encodeBaseline(run) },
  ];
}
