/** Reported problems, run as a user would: our server does what the scenario says a correct one does. */
import { expect, it } from "vitest";
import type { Summary } from "../reports/summary-schema.ts";
import { rpcfleet, temporaryFolder } from "./rpcfleet.ts";

const NAMES = ["issue-never-subscribed", "issue-plain-text-reply", "issue-order", "issue-gateway-restart"];

it("no gate fails", async () => {
  const out = await temporaryFolder();
  const runs = await Promise.all(NAMES.map((name) => rpcfleet("run", name, "--json", "--seed", "7", "--out", out)));
  for (const [index, { out: text, code, err }] of runs.entries()) {
    // 3 is for a machine too busy to judge latencies.
    expect([NAMES[index], [0, 3].includes(code as number), err]).toMatchObject([NAMES[index], true, expect.anything()]);
    const { gates, counts } = JSON.parse(text) as Summary;
    expect(counts.planned).toBeGreaterThan(50);
    expect(gates.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(gates.some(({ verdict }) => verdict === "pass")).toBe(true);
  }
}, 90_000);
