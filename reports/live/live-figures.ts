/**
 * The fold of a run that goes on: what callers and fleet tell of themselves in, a frame for the eyes out. The report is made from
 * the journal, not from this; but a call is counted here by the same rules, so the last frame and the report agree.
 */
import { OUTCOMES, type Outcome } from "../../protocol/outcome.ts";
import { type Duration, type Instant, SECOND } from "../../protocol/time.ts";
import { distribution } from "../distribution.ts";
import { Histogram } from "../histogram.ts";
import type { RunEvent } from "../run-record.ts";
import type { LiveEnd, LiveFleet, LiveFrame, LivePoint, LiveQuantiles } from "./live-frame.ts";
import { judgeLive } from "./live-health.ts";
import { countOutcomes, type EndedEntries, forEachSample, type Look, quantilesOf, ratesOf } from "./recent-calls.ts";

export interface LiveRun {
  readonly scenario: string;
  readonly engine: string;
  readonly seed: string;
  readonly isClosed: boolean;
  /** Effective timeout of a Call. */
  readonly timeout: Duration;
  /** How long calls are started, all steps together. */
  readonly duration: Duration;
  readonly steps: number;
  /** Bound of the response time's p99 in a search for the knee; 0 in any other run. */
  readonly kneeP99: Duration;
  /** What is known to happen, such as a stall. */
  readonly events: readonly RunEvent[];
}

/** One batch of calls begins. */
export interface LiveBatch {
  readonly step: number;
  readonly rate: number | undefined;
  /** Calls of its plan; 0 in a closed workload. */
  readonly planned: number;
  /** Its origin, since the run's. */
  readonly offset: Instant;
}

/** What a caller tells of its batch; counts are the batch's so far, instants count from its origin. */
export interface LiveCalls {
  readonly at: Instant;
  readonly due: number;
  readonly sent: number | undefined;
  readonly ended: EndedEntries;
  readonly busy: number | undefined;
}

/** A chart of more seconds than this is not read by the second any more: the last ones are kept. */
const MOST_POINTS = 600;
/** Messages come four times a second; after so long without one the last second is no news. */
const STALE_AFTER: Duration = 1.5 * SECOND;
const NO_BATCH: LiveBatch = { step: 0, rate: undefined, planned: 0, offset: 0 };

export class LiveFigures {
  readonly #run: LiveRun;
  readonly #response: Histogram;
  readonly #lag: Histogram;
  readonly #outcomes = new Array<number>(OUTCOMES.length).fill(0);
  readonly #points: LivePoint[] = [];
  #seconds = 0;
  #doing = "starting";
  #batch = NO_BATCH;
  #planned = 0;
  /** Of all batches so far. */
  #due = 0;
  #sent: number | undefined = 0;
  #last: LiveCalls | undefined;
  /** Messages of about a second, and those of the second that is not over. */
  #recent: Look[] = [];
  #second: Look[] = [];
  #fleet: (LiveFleet & { readonly events: readonly RunEvent[] }) | undefined;
  #end: LiveEnd | undefined;

  constructor(run: LiveRun) {
    this.#run = run;
    this.#response = new Histogram(run.timeout);
    this.#lag = new Histogram(run.timeout);
  }

  /** The seconds that are over, the last ten minutes of them. */
  get points(): readonly LivePoint[] {
    return this.#points;
  }

  /** Seconds that are over, also those that are not kept any more. */
  get seconds(): number {
    return this.#seconds;
  }

  /** The seconds after the first `known` ones, as far as they are kept. */
  pointsAfter(known: number): readonly LivePoint[] {
    const fresh = Math.min(this.#points.length, this.#seconds - known);
    return this.#points.slice(this.#points.length - fresh);
  }

  doing(what: string): void {
    this.#doing = what;
  }

  batch(batch: LiveBatch): void {
    this.#closeSecond();
    this.#batch = batch;
    this.#planned += batch.planned;
    this.#last = undefined;
    this.#recent = [];
    this.#doing = "calling";
  }

  calls(calls: LiveCalls): void {
    const before = this.#last ?? { at: 0, due: 0, sent: calls.sent === undefined ? undefined : 0 };
    const look: Look = {
      at: this.#batch.offset + calls.at,
      span: calls.at - before.at,
      due: calls.due - before.due,
      sent: calls.sent === undefined ? undefined : calls.sent - (before.sent ?? 0),
      ended: calls.ended,
    };
    this.#last = calls;
    this.#due += look.due;
    this.#sent = look.sent === undefined || this.#sent === undefined ? undefined : this.#sent + look.sent;
    for (const code of calls.ended.outcome) this.#outcomes[code] = (this.#outcomes[code] as number) + 1;
    forEachSample(calls.ended, "responseUs", (us) => this.#response.record(us));
    forEachSample(calls.ended, "sendLagUs", (us) => this.#lag.record(us));
    this.#recent = [...this.#recent.filter(({ at }) => at > look.at - SECOND), look];
    this.#addToSecond(look);
  }

  fleet(state: LiveFleet & { readonly events: readonly RunEvent[] }): void {
    this.#fleet = state;
  }

  end(end: LiveEnd): void {
    this.#closeSecond();
    this.#doing = "over";
    this.#end = end;
  }

  /** What is to be seen `now`, an instant since the run's origin; undefined before it. */
  frame(now: Instant | undefined): LiveFrame {
    const { scenario, engine, seed, duration, isClosed, steps, kneeP99 } = this.#run;
    const lookAt = this.#recent.at(-1)?.at;
    const recent = lookAt === undefined || now === undefined || now - lookAt > STALE_AFTER ? [] : this.#recent;
    const { step, rate } = this.#batch;
    const overall = overallOf(this.#response);
    const lagOverall = overallOf(this.#lag);
    const sent = this.#sent;
    return {
      scenario,
      engine,
      seed,
      doing: this.#doing,
      elapsed: now,
      duration,
      step: steps > 1 && now !== undefined ? { number: step + 1, of: steps, rate } : undefined,
      planned: isClosed ? undefined : this.#planned,
      ended: this.#ended,
      inFlight: this.#inFlight,
      outcomes: Object.fromEntries(OUTCOMES.map((name, code) => [name, this.#outcomes[code]])) as Record<
        Outcome,
        number
      >,
      rates: ratesOf(recent, isClosed),
      second: quantilesOf(recent, "responseUs"),
      overall,
      lagSecond: quantilesOf(recent, "sendLagUs"),
      lagOverall,
      busy: recent.length === 0 ? undefined : this.#last?.busy,
      fleet: this.#fleet,
      health: judgeLive({ isClosed, due: this.#due, sent, overall, lagOverall, fleet: this.#fleet, kneeP99 }),
      events: this.#eventsUntil(now ?? 0),
      end: this.#end,
    };
  }

  get #ended(): number {
    return this.#outcomes.reduce((sum, count) => sum + count, 0);
  }

  /** Calls that were dropped ended without being sent. */
  get #inFlight(): number | undefined {
    if (this.#sent === undefined) return undefined;
    const dropped = this.#outcomes[OUTCOMES.indexOf("dropped")] as number;
    return Math.max(0, this.#sent - (this.#ended - dropped));
  }

  #eventsUntil(now: Instant): RunEvent[] {
    const own = this.#run.events.filter(({ at }) => at <= now);
    return [...own, ...(this.#fleet?.events ?? [])].sort((a, b) => a.at - b.at);
  }

  /** A message belongs to the second in which the message before it came. */
  #addToSecond(look: Look): void {
    const second = secondOf(look);
    const [first] = this.#second;
    if (first !== undefined && secondOf(first) !== second) this.#closeSecond();
    this.#second.push(look);
  }

  #closeSecond(): void {
    const looks = this.#second;
    this.#second = [];
    const [first] = looks;
    const rates = ratesOf(looks, this.#run.isClosed);
    if (first === undefined || rates === undefined) return;
    const seconds = looks.reduce((sum, { span }) => sum + span, 0) / SECOND;
    this.#points.push({
      second: secondOf(first),
      rates,
      endedBy: countOutcomes(looks).map((count) => count / seconds),
      response: quantilesOf(looks, "responseUs"),
      lag: quantilesOf(looks, "sendLagUs"),
      inFlight: this.#inFlight,
    });
    this.#seconds += 1;
    if (this.#points.length > MOST_POINTS) this.#points.shift();
  }
}

function secondOf({ at, span }: Look): number {
  return Math.max(0, Math.floor((at - span) / SECOND));
}

function overallOf(histogram: Histogram): LiveQuantiles {
  const { n, p50, p99, max } = distribution(histogram);
  return { n, p50, p99, max };
}
