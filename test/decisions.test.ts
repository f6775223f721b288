/** The same seed gives the same decisions, byte for byte: in any number of threads, alone or in the fleet, on any engine's machine. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { RandomStream, seedFrom } from "../protocol/random.ts";
import { Responder } from "../protocol/responder.ts";
import { MILLISECOND, SECOND } from "../protocol/time.ts";
import { buildCohorts, type Cohort, cohortOf } from "../simulator/fleet/cohorts.ts";
import { rpcfleet } from "./rpcfleet.ts";

const folder = mkdtempSync(join(tmpdir(), "decisions-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Decisions of a run of this seed in so many threads, as its user would ask for them. */
async function decisionsOf(shards: number, ...words: readonly string[]): Promise<string[]> {
  const out = join(folder, `${shards}-${words.length}`);
  const forms = ["--latency", "spread(lognormal(p50=20ms, p99=200ms), tau=0.3)", "--fault", "drop(p=5%)"];
  const size = [
    "--devices",
    "60",
    "--rate",
    "40",
    "--duration",
    "3s",
    "--seed",
    "7",
    "--timeout",
    "5s",
    "--shards",
    String(shards),
  ];
  await rpcfleet("run", "--out", out, "--quiet", ...size, ...forms, "--fault", "error(p=20%, device=0..29)", ...words);
  const [run] = readdirSync(out);
  const { out: csv, code } = await rpcfleet("decisions", join(out, run as string));
  expect(code).toBe(0);
  return csv.trimEnd().split("\n");
}

it("two runs in one and in three threads are byte-equal, and another fault moves no other draw", async () => {
  const [one, three, more] = await Promise.all([
    decisionsOf(1),
    decisionsOf(3),
    decisionsOf(2, "--fault", "late(p=0%)"),
  ]);
  expect(one.length).toBeGreaterThan(80);
  expect(three).toEqual(one);
  expect(more).toEqual(one);
}, 90_000);

const COHORTS = [
  {
    name: "mixed",
    weight: 3,
    latency: "spread(mixture(90%: lognormal(p50=40ms, p99=400ms), 9%: gamma(mean=300ms, cv=0.7), 1%: never), tau=0.4)",
    faults: ["drop(p=1%)", "error(p=2%)", "late(p=1%, by=20ms)"],
    reconnect: "fixed(1s)",
    transport: "mqtt",
  },
  {
    name: "correlated",
    weight: 2,
    latency: "arta(weibull(p50=30ms, p99=600ms), rho=0.9)",
    faults: ["disconnect(p=3%)"],
    reconnect: "fixed(1s)",
    transport: "mqtt",
  },
  {
    name: "asleep",
    weight: 1,
    latency: "dutycycle(period=10s, window=1s, service=exponential(mean=80ms))",
    faults: [],
    reconnect: "none",
    transport: "mqtt",
  },
] as const;

it("the decisions of a seed are what they were when this was written, to the bit", () => {
  const seed = seedFrom("golden");
  const random = new RandomStream(seed);
  const cohorts = buildCohorts(COHORTS, 5 * SECOND);
  const hash = createHash("sha256");
  for (let device = 0; device < 300; device++) {
    const { behaviour, faults } = cohorts[cohortOf(COHORTS, device, seed)] as Cohort;
    const responder = new Responder({ device, behaviour, faults, random });
    for (let call = 0; call < 40; call++) {
      const place = { ticket: 0, via: 0, requestId: call, delivery: undefined, method: "m", params: null };
      const at = call * 700 * MILLISECOND;
      const [effect] = responder.handle({ kind: "request", ...place, call: device * 40 + call, at }, at);
      if (effect?.kind === "programmed") hash.update(`${device},${call},${effect.delay},${effect.faults}\n`);
    }
  }
  expect(hash.digest("hex")).toBe("5556b2fc41c7fc16fba2bafba61c5e6f0a65aedbbfee6089d9bc44a34b56524d");
});
