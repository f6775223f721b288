/**
 * The k6 side of a run: carries out a plan made beforehand and says one line per call on the console. The plan is read with
 * `open()`, so a run can also be repeated by hand: `k6 run -e PLAN=/absolute/plan.json scenarios/k6/main.ts`.
 *
 *   o <Date.now()> <run clock, us>                                     once: ties k6's run clock to the wall clock
 *   c <call> <sent us> <settled us> <status> <outcome code> <mismatched>   once per call, when it has settled
 *
 * Each call's intended start comes from the plan. k6's own arrival-rate executors know only even spacing and start their clock
 * at the send, so here a pool of VUs takes calls in order and each sleeps until its call is due; when all are busy, the next
 * call starts late and the delay is in the figures, not hidden.
 */
import { sleep } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Rate, Trend } from "k6/metrics";
import { bodyText } from "../../protocol/call-body.ts";
import { DIALECTS } from "../../protocol/dialect.ts";
import { parseJson } from "../../protocol/message.ts";
import { NONCE_KEY, nonceOf, readNonce } from "../../protocol/nonce.ts";
import { classifyAnswer, OUTCOME_CODE, OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
// biome-ignore lint/style/noRestrictedImports: a type alone; the two ends of the plan must agree on its shape.
import type { K6Plan } from "../../simulator/caller/k6-plan.ts";

const plan = JSON.parse(open(`${__ENV.PLAN}`)) as K6Plan;
const dialect = DIALECTS[plan.dialect];

/** One text per call: `<intended start, us> <kind> <device id>`; without the start in a closed workload. */
const starts = new SharedArray("starts", () => open(plan.startsFile).split("\n"));

const headers = { "X-Authorization": `Bearer ${plan.token}`, "Content-Type": "application/json" };
const kinds = plan.kinds.map(({ rpcUrl, body, clientTimeoutMs: timeout }) => {
  const params = { headers, timeout, responseType: "text" as const, redirects: 0, tags: { name: "rpc" } };
  return { rpcUrl, body, params };
});
const longestTimeoutMs = Math.max(...plan.kinds.map(({ clientTimeoutMs }) => clientTimeoutMs));

/** The metrics that thresholds are about; no other is fed, for each costs time and memory with every call. */
function wanted<T>(name: string, create: (name: string) => T): T | undefined {
  return Object.hasOwn(plan.options.thresholds, name) ? create(name) : undefined;
}

const trend = (name: string): Trend | undefined => wanted(name, (known) => new Trend(known, true));
const trends = {
  rtt: trend("rpc_rtt"),
  all: trend("rpc_rtt_all"),
  service: trend("rpc_service"),
  lag: trend("rpc_lag"),
};
const rates = OUTCOMES.map((outcome) => wanted(`rpc_${outcome}`, (name) => new Rate(name)));
const counters = OUTCOMES.map((outcome) => wanted(`rpc_${outcome}_count`, (name) => new Counter(name)));

// Which answers are failures is for our own classification to say.
http.setResponseCallback(http.expectedStatuses({ min: 100, max: 599 }));

export const options = plan.options;

/** Microseconds since k6 started its VUs. */
function nowUs(): number {
  return Math.round(exec.instance.currentTestRunDuration * 1_000);
}

/** Each VU has its own copy of the module, so this is one flag per connection. */
let warm = false;

/** Opens this VU's connection, so that no call pays for it; VUs take turns, so that the server's backlog holds. */
function warmUp(): void {
  warm = true;
  sleep((exec.vu.idInTest * plan.warmUpSpacingUs) / 1_000_000);
  http.get(`${plan.base}/api/noauth/health`, { timeout: longestTimeoutMs, responseType: "none", redirects: 0 });
}

/** Reads both clocks at the instant the coarser one ticks, which makes a millisecond clock good to a few microseconds. */
function sayOrigin(): void {
  const before = Date.now();
  let wallMs = before;
  while (wallMs === before) wallMs = Date.now();
  console.log(`o ${wallMs} ${nowUs()}`);
}

/** One planned call of an open workload. */
export function openCall(): void {
  const index = exec.scenario.iterationInTest;
  if (index === 0) sayOrigin();
  if (!warm) warmUp();
  const start = starts[index] as string;
  const space = start.indexOf(" ");
  const intendedUs = plan.leadUs + Number(start.slice(0, space));
  const waitUs = intendedUs - nowUs();
  if (waitUs > 0) sleep(waitUs / 1_000_000);
  call(index, start.slice(space + 1), intendedUs);
}

/** One call of a closed workload: as soon as this caller's previous one has settled. */
export function closedCall(): void {
  const index = exec.scenario.iterationInTest;
  if (index === 0) sayOrigin();
  if (!warm) {
    warmUp();
    const waitUs = plan.leadUs - nowUs();
    if (waitUs > 0) sleep(waitUs / 1_000_000);
  }
  call(index, starts[index % starts.length] as string);
}

/** `target`: kind and device id. Without an intended start a call is intended when it is sent. */
function call(index: number, target: string, intendedUs?: number): void {
  const callIndex = plan.firstCall + index;
  const space = target.indexOf(" ");
  const kind = kinds[Number(target.slice(0, space))] as (typeof kinds)[number];
  const url = kind.rpcUrl + target.slice(space + 1);
  const body = bodyText(kind.body, String(callIndex));
  const sentUs = nowUs();
  const response = http.post(url, body, kind.params);
  const settledUs = nowUs();
  const answer = { status: response.status, body: typeof response.body === "string" ? response.body : "" };
  const outcome = classifyAnswer(answer, dialect);
  const mismatched = carriesOtherNonce(answer.body, nonceOf(plan.runTag, callIndex)) ? 1 : 0;
  console.log(`c ${callIndex} ${sentUs} ${settledUs} ${answer.status} ${OUTCOME_CODE[outcome]} ${mismatched}`);
  feed(outcome, { intendedUs: intendedUs === undefined ? sentUs : intendedUs, sentUs, settledUs });
}

/** The same series as in a report; k6 counts in milliseconds. */
function feed(outcome: Outcome, at: { intendedUs: number; sentUs: number; settledUs: number }): void {
  const answered = outcome === "ok" || outcome === "device_error";
  const waited = answered || outcome === "timeout" || outcome === "no_connection";
  const responseMs = (at.settledUs - at.intendedUs) / 1_000;
  if (trends.lag) trends.lag.add((at.sentUs - at.intendedUs) / 1_000);
  if (trends.rtt && answered) trends.rtt.add(responseMs);
  if (trends.all && waited) trends.all.add(responseMs);
  if (trends.service && answered) trends.service.add((at.settledUs - at.sentUs) / 1_000);
  for (let code = 0; code < OUTCOMES.length; code++) {
    const isThis = OUTCOME_CODE[outcome] === code;
    const rate = rates[code];
    const counter = counters[code];
    if (rate) rate.add(isThis);
    if (counter) counter.add(isThis ? 1 : 0);
  }
}

/** True when the reply echoes the nonce of another call. */
function carriesOtherNonce(body: string, expected: string): boolean {
  if (!body.includes(NONCE_KEY)) return false;
  const nonce = readNonce(parseJson(body));
  return nonce !== undefined && nonce !== expected;
}
