/** What a run is written as beside its folder, by the published command line. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { fixtureRecord } from "../reports/fixture.ts";
import { readOpenMetrics } from "../reports/strict-open-metrics.ts";
import { readOtlp } from "../reports/strict-otlp.ts";
import { readXml } from "../reports/strict-xml.ts";
import { writeRun } from "../reports/write-run.ts";
import { rpcfleet, run, temporaryFolder } from "./rpcfleet.ts";

async function failedRun(): Promise<string> {
  const folder = await temporaryFolder();
  writeRun(folder, fixtureRecord({ timeoutEvery: 50, gates: ["timeouts <= 1%"] }));
  return folder;
}

it("metrics go to files and to a collector, and annotations to standard error", async () => {
  const folder = await failedRun();
  const posted: string[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      posted.push(body);
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void collector.close());
  const { port } = collector.address() as AddressInfo;
  const otlp = join(folder, "otlp.json");
  const finished = await rpcfleet(
    ...["report", folder, "--open-metrics", "-", "--otlp", otlp, "--annotations"],
    ...["--otlp-endpoint", `http://127.0.0.1:${port}`],
  );
  expect(finished.code).toBe(1);
  expect(readOpenMetrics(finished.out).find(({ family }) => family === "rpcfleet_planned_calls")?.value).toBe(1_000);
  expect(readOtlp(readFileSync(otlp, "utf8")).size).toBeGreaterThan(20);
  expect(posted.map((text) => `${text}\n`)).toEqual([readFileSync(otlp, "utf8")]);
  expect(finished.err).toBe(
    "::error title=rpcfleet two-way-latency%3A gate failed::timeouts <= 1%25: observed 2 %25, wanted <= 1 %25\n",
  );
});

it("a collector that is not there is a line, and the verdict stays; a file that cannot be written is an end", async () => {
  const folder = await failedRun();
  const away = await rpcfleet("report", folder, "--otlp-endpoint", "http://127.0.0.1:1");
  expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/^metrics not delivered to .*\n$/) });
  expect(away.out).toMatch(/^FAIL/);
  const nowhere = join(folder, "missing", "metrics.txt");
  const unwritten = await rpcfleet("report", folder, "--open-metrics", nowhere);
  expect(unwritten).toMatchObject({ code: 4, err: expect.stringContaining(`cannot write ${nowhere}`) });
});

it("JUnit may have what cannot be judged as skipped", async () => {
  const folder = await temporaryFolder();
  writeRun(folder, fixtureRecord({ gates: ["p99.9(rtt) < 1s"] }));
  const { out, code } = await rpcfleet("report", folder, "--junit", "-", "--junit-undecided", "skipped");
  expect(code).toBe(3);
  expect(readXml(out).attributes).toMatchObject({ errors: "0", skipped: "1" });
  expect(readXml(readFileSync(join(folder, "junit.xml"), "utf8")).attributes).toMatchObject({
    errors: "1",
    skipped: "0",
  });
});

it("every wrong flag is said at once, before the run", async () => {
  const words = ["--json", "--otlp", "-", "--open-metrics", "-", "--otlp-endpoint", "collector:4318", "--rate", "-1"];
  const wrong = await rpcfleet("run", ...words);
  expect(wrong).toMatchObject({ code: 2, out: "", err: expect.stringContaining("3 problems:") });
  expect(wrong.err).toContain("--json and --open-metrics - and --otlp -: only one of them can be on standard output");
  expect(wrong.err).toContain('--otlp-endpoint: expected http://host:port without a user, got "collector:4318"');
});

it("the summary of a real run is what its published schema says", async () => {
  const { out, code } = await rpcfleet("schema", "summary");
  expect(code).toBe(0);
  const { summary } = await run(["--devices", "5", "--rate", "50", "--duration", "1s", "--client-rate", "5"]);
  z.fromJSONSchema(JSON.parse(out)).parse(summary);
});
