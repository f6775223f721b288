/** How long a long poll lasts, and what ends it (contract 9.1, 4.7, and 13.4 for Tempus). */
import type { ServerResponse } from "node:http";
import { type Duration, MILLISECOND } from "../../../protocol/time.ts";
import { type Answer, emptyAnswer, errorAnswer, PROBLEMS, writeAnswer } from "../../rest/errors.ts";

/** `transport.http.request_timeout` */
const DEFAULT_TIMER_MS = 60_000;
/** `transport.http.max_request_timeout`: the web server's own limit. */
const LONGEST_REQUEST_MS = 300_000;
const LONGEST_TEMPUS_REQUEST_MS = 3_600_000;

/** What the wall says to a device; callers get another status (contract 4.7, 9.1). */
const WALL: Answer["status"] = 503;

export interface PollLimits {
  readonly wall: Duration | undefined;
  readonly tempus: boolean;
}

/** The poll's timer from its query; undefined when `timeout` is no whole number. */
export function readTimer(query: string): number | undefined {
  const text = new URLSearchParams(query).get("timeout") ?? "0";
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  return Number(text) === 0 ? DEFAULT_TIMER_MS : Math.max(0, Number(text));
}

/** What the wall answers; it is an answer of the web server, so a Problem is only known when it is due. */
export function wallAnswer(): Answer {
  return errorAnswer({ ...PROBLEMS.requestTimeout, status: WALL });
}

/** When the web server gives up on any request of a device. */
export function wallMsOf({ wall, tempus }: PollLimits): number {
  const longest = tempus ? LONGEST_TEMPUS_REQUEST_MS : LONGEST_REQUEST_MS;
  return wall === undefined ? longest : Math.min(longest, wall / MILLISECOND);
}

/** A refused subscription or call has no session and no timer: only the wall ends it (contract 9.1, the message limit). */
export function hangUntilWall(limits: PollLimits, response: ServerResponse): void {
  const wall = setTimeout(() => writeAnswer(response, wallAnswer()), wallMsOf(limits));
  response.on("close", () => clearTimeout(wall));
}

/**
 * Runs a poll's time out: `over` gets the answer, 408 at the timer or 503 at the wall, whichever is first. In Tempus the timer
 * writes nothing: `over` is called with undefined, and the request hangs on until the wall. Returns what stops it.
 */
export function startPollClock(
  timerMs: number,
  limits: PollLimits,
  over: (answer: Answer | undefined) => void,
): () => void {
  const wallMs = wallMsOf(limits);
  if (timerMs > wallMs) return stopper(setTimeout(() => over(wallAnswer()), wallMs));
  if (!limits.tempus) return stopper(setTimeout(() => over(emptyAnswer(408)), timerMs));
  const timer = setTimeout(() => over(undefined), timerMs);
  const wall = setTimeout(() => over(wallAnswer()), wallMs);
  return stopper(timer, wall);
}

function stopper(...timers: readonly NodeJS.Timeout[]): () => void {
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
