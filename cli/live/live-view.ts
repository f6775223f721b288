/** The live view of a run: one fold of what its parts tell, shown four times a second on the terminal and to readers of the page. */
import type { Instant } from "../../protocol/time.ts";
import { dashboardLines } from "../../reports/live/dashboard-lines.ts";
import { LiveFigures, type LiveRun } from "../../reports/live/live-figures.ts";
import type { Summary } from "../../reports/summary-schema.ts";
import { planSteps } from "../../scenarios/arrivals.ts";
import type { CallBatch, CallProgress } from "../../simulator/caller/call-batch.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import type { RunningFleet } from "../../simulator/fleet/fleet-part.ts";
import { hasColours } from "../colours.ts";
import type { Progress } from "../run/progress.ts";
import type { SettledRun } from "../run/settle-run.ts";
import { LiveServer } from "./live-server.ts";

const FRAME_MS = 250;

export class LiveView {
  readonly #figures: LiveFigures;
  readonly #progress: Progress;
  readonly #server: LiveServer | undefined;
  readonly #colours = hasColours(process.stderr);
  readonly #timer: NodeJS.Timeout;
  #origin: Instant | undefined;

  /** Starts showing, and says where the page is. Throws SetUpError when its port is taken. */
  static async open(run: SettledRun, progress: Progress): Promise<LiveView> {
    const figures = new LiveFigures(describe(run));
    const { live } = run.flags;
    if (live === undefined) return new LiveView(figures, progress, undefined);
    const server = await LiveServer.start(Number(live), figures);
    progress.say(`live view at ${server.url}`);
    return new LiveView(figures, progress, server);
  }

  private constructor(figures: LiveFigures, progress: Progress, server: LiveServer | undefined) {
    this.#figures = figures;
    this.#progress = progress;
    this.#server = server;
    this.#timer = setInterval(() => this.#show(), FRAME_MS).unref();
    this.#show();
  }

  /** The devices are connected: from now on the fleet tells how it goes. */
  watch(fleet: RunningFleet): void {
    if (this.#isSeen) fleet.watch((state) => this.#figures.fleet(state));
  }

  /** The workload begins. */
  begin(origin: Instant): void {
    this.#origin = origin;
  }

  /** A batch begins; `rate` is that of its step. */
  batch({ step, intendedUs }: CallBatch, batchOrigin: Instant, rate: number | undefined): void {
    const offset = batchOrigin - (this.#origin as Instant);
    this.#figures.batch({ step, rate, planned: intendedUs.length, offset });
  }

  calls(progress: CallProgress): void {
    if (this.#isSeen) this.#figures.calls(progress);
  }

  /** The run is over: readers of the page are told, and the page goes away. */
  async over(summary: Summary, report: string): Promise<void> {
    clearInterval(this.#timer);
    const { verdict, reasons } = summary;
    this.#figures.end({ verdict, reasons, report });
    await this.#server?.end(this.#frame());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#progress.close();
    await this.#server?.close();
  }

  /** Nobody looks: nothing is folded. */
  get #isSeen(): boolean {
    return this.#server !== undefined || this.#progress.dashboardWidth !== undefined;
  }

  #frame() {
    return this.#figures.frame(this.#origin === undefined ? undefined : monotonicNow() - this.#origin);
  }

  #show(): void {
    if (!this.#isSeen) return;
    this.#figures.doing(this.#progress.doing);
    const frame = this.#frame();
    const width = this.#progress.dashboardWidth;
    if (width !== undefined) {
      this.#progress.draw(dashboardLines(frame, this.#figures.points, { width, colours: this.#colours }));
    }
    this.#server?.send(frame);
  }
}

function describe({ scenario, flags, seed, timeout }: SettledRun): LiveRun {
  const { workload, stall } = scenario;
  const steps = planSteps(workload);
  return {
    scenario: scenario.name,
    engine: flags.engine,
    seed,
    isClosed: workload.kind === "closed",
    timeout,
    duration: steps.reduce((sum, { duration }) => sum + duration, 0),
    steps: steps.length,
    kneeP99: workload.kind === "steps" ? (workload.knee?.maxP99 ?? 0) : 0,
    events:
      stall === undefined
        ? []
        : [
            { at: stall.at, label: "server paused" },
            { at: stall.at + stall.for, label: "server resumed" },
          ],
  };
}
