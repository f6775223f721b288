/** The short form of `npm run truth`: a harmed generator owns up to it, whatever else the machine does, and no Call is lost or made up. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HARMS, harmRun } from "../bench/truth/harm-checks.ts";
import { Rig } from "../bench/truth/rig.ts";
import { formatAllMs } from "../reports/format.ts";
import { summarize } from "../reports/summary.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(() => rig.stop());

describe("a generator", () => {
  it.each(HARMS)("is invalid by its send lag: $title", async ({ harm }) => {
    const { record } = await rig.run(harmRun(0, harm));
    const { health, counts } = summarize(record);
    expect(health.verdict).toBe("invalid");
    expect(health.rows.find(({ name }) => name === "send lag p99")?.verdict).toBe("invalid");
    expect(counts.ok).toBe(counts.planned);
    const [caller] = record.totals.vitals?.threads ?? [];
    expect(caller?.name).toBe("caller");
    if (harm.kind === "garbage")
      expect(health.rows.find(({ name }) => name === "GC pause, longest")?.verdict).toBe("suspect");
    if (harm.kind === "block") expect(Math.max(...(caller?.busyMax ?? []))).toBeGreaterThan(0.2);
  });

  it("counts each lost reply once, and says of the percentile that it hides no more than is known", async () => {
    const { record } = await rig.run({ pathology: "lost replies", rate: 400, seconds: 2, seed: "lost" });
    const summary = summarize(record);
    const { planned, ok, timeout } = summary.counts;
    expect(timeout).toBe(Math.floor(planned / 50));
    expect(ok + timeout).toBe(planned);
    expect(summary.responseTimeAllUs.n).toBe(planned);
    expect(formatAllMs(summary, "p99")).toBe("≥ 1,000");
  });
});
