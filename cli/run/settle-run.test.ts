import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { PERSONAS, type Persona } from "../../simulator/behaviour/personas.ts";
import { UsageError } from "../errors.ts";
import type { RunArguments } from "./run-arguments.ts";
import { settleRun } from "./settle-run.ts";

/** What the command line hands over when nothing but `given` was typed. */
function flags(given: Partial<RunArguments>): RunArguments {
  const none = Object.fromEntries(
    ["k6Bin", "target", "username", "password", "devicesFile", "dialect", "devices", "rate", "arrivals", "callers"]
      .concat(["duration", "timeout", "latency", "fault", "method", "oneway", "stall", "gate", "seed"])
      .map((name) => [name, undefined]),
  );
  const fixed = {
    scenario: "two-way-latency",
    engine: "native",
    mqttPort: 1883,
    out: "runs",
    json: false,
    quiet: true,
  };
  return { ...none, ...fixed, ...given } as RunArguments;
}

async function problemsOf(given: Partial<RunArguments>): Promise<readonly string[]> {
  const error = await settleRun(flags(given)).then(
    () => new Error("it was accepted"),
    (reason) => reason,
  );
  if (!(error instanceof UsageError)) throw error;
  return error.problems;
}

describe("what cannot be run, with every problem", () => {
  it.each<[string, Partial<RunArguments>, readonly string[]]>([
    ["an unknown scenario", { scenario: "two-way-latancy" }, ["two-way-latency"]],
    ["a latency", { latency: "gauss(1ms)" }, ['unknown latency "gauss"']],
    ["a fault", { fault: ["drop(1%)", "explode(1%)"] }, ['unknown fault "explode"']],
    ["a gate", { gate: ["p99(rtt)"] }, ['gate "p99(rtt)"']],
    ["an unknown series in a gate", { gate: ["p99(rrt) < 1s"] }, ["rtt"]],
    ["a stall without an instant", { stall: "1s" }, ["--stall: expected <for>@<at>"]],
    ["a stall with a bad length", { stall: "x@1s" }, ['got "x@1s"']],
    ["a stall of a server that is not ours", { stall: "1s@1s", target: "http://h:1" }, ["--stall: only the embedded"]],
    ["a target that is no URL", { target: "localhost:8080" }, ["--target: expected http://host:port"]],
    ["a rate in a closed workload", { callers: 5, rate: 10 }, ["--callers: a closed workload has no rate"]],
    ["a rate of 0", { rate: 0 }, ["workload.rate"]],
    ["a rate that is no number", { rate: Number.NaN }, ["workload.rate"]],
    ["a shape with a rate", { shape: "ramp(1, 2)", rate: 3 }, ["--shape: has rates of its own"]],
    ["a shape of a closed workload", { shape: "ramp(1, 2)", callers: 3 }, ["leave out --shape"]],
    ["thinking without callers", { think: "constant(1s)" }, ["--think: only the callers of a closed workload"]],
    [
      "a method of several",
      { scenario: "mixed-load", method: "m", oneway: true },
      ["--method: this", "--oneway: this"],
    ],
    ["a body that is too small", { payloadBytes: 20 }, ["call getValue: payloadBytes must be at least"]],
    ["persistent calls of tempus", { persistent: true, dialect: "tempus" }, ["tempus has no persistent calls"]],
    [
      "forms of the load, all of them",
      { shape: "wave(1)", targets: "hot", abort: "x", retry: "retry(on=ok)", gate: ["y"] },
      ['workload.shape "wave(1)": unknown', 'targets "hot": unknown', 'caller.abort "x"', "caller.retry", 'gate "y"'],
    ],
    [
      "what k6 cannot do, all of it",
      {
        engine: "k6",
        callers: 2,
        think: "constant(1s)",
        abort: "abort(p=1%, after=1s)",
        retry: "retry(on=timeout)",
        persistent: true,
      },
      ["workload.think: with k6", "caller.abort: k6", "caller.retry: k6", "persistent calls: a k6 VU"],
    ],
    ["no device", { devices: 0 }, ["fleet.devices"]],
    ["half a device", { devices: 1.5 }, ["fleet.devices"]],
    ["a duration without its unit", { duration: "5" }, ["workload.duration"]],
    ["a method of the devices' own calls without any", { clientMethod: "echo" }, ["--client-method: devices make no"]],
    ["a timeout of the devices' own calls without any", { clientTimeout: "1s" }, ["--client-timeout: devices make no"]],
    ["devices that call at no rate", { clientRate: 0 }, ["fleet.clientCalls.rate"]],
    ["a transport", { transport: "gateway(children=0)" }, ["children must be a whole number from 1"]],
    ["calls of devices behind a gateway", { transport: "gateway", clientRate: 5 }, ["a gateway drops the answers"]],
    ["devices without a port", { transport: "ws", target: "http://h:1" }, ["--ws-port: needed"]],
    [
      "faults that have nothing to act on",
      { transport: "http", fault: ["drip(100%)", "no_ack(100%)", "drop(1%)"] },
      ['fault "drip(100%)": makes no sense over http, only over mqtt, mqtts, ws, gateway', 'fault "no_ack(100%)"'],
    ],
    ["no thread", { shards: 0 }, ["--shards: expected a whole number from 1 to 256, got 0"]],
    ["half a thread", { shards: 1.5 }, ["--shards: expected a whole number"]],
    ["threads that are no number", { shards: Number.NaN }, ["--shards: expected a whole number"]],
    ["a port that is none", { mqttPort: 70_000, wsPort: 0 }, ["--mqtt-port: expected", "--ws-port: expected"]],
    ["a seed of nothing", { seed: "" }, ["--seed: expected text"]],
    ["a strategy", { strategy: "x" as "burst", rate: 0 }, ["server.strategy: expected one of burst", "workload.rate"]],
    ["telemetry at no rate", { telemetryRate: 0 }, ["fleet.telemetry.rate"]],
    ["half a provisioning", { provisionKey: "k" }, ["--provision-secret: needed", "needs --target"]],
    ["an authority that is not there", { ca: "/nowhere.pem" }, ["--ca: no file /nowhere.pem"]],
    ["a timeout of nothing", { timeout: "0s" }, ["call.timeout"]],
    ["a device file that is not there", { devicesFile: "/nowhere.csv" }, ["/nowhere.csv: cannot be read (ENOENT)"]],
    [
      "many forms at once",
      { latency: "gauss(1ms)", fault: ["explode", "drop(2)"], gate: ["x", "y"], stall: "1s", target: "nowhere" },
      ["gauss", "explode", "p must be", 'gate "x"', 'gate "y"', "--stall", "--target"],
    ],
    [
      "many fields at once",
      { devices: 0, rate: -1, duration: "x" },
      ["fleet.devices", "workload.rate", "workload.dur"],
    ],
    [
      "an unknown scenario and flags besides",
      {
        scenario: "two-way-latancy",
        rate: Number.NaN,
        devices: 0,
        latency: "gauss(1ms)",
        gate: ["x"],
        stall: "1s",
        target: "nowhere",
        devicesFile: "/nowhere.csv",
      },
      ["two-way-latancy", "workload.rate", "gauss", 'gate "x"', "--stall", "--target", "/nowhere.csv"],
    ],
    [
      "a scenario file that is not there and a flag",
      { scenario: "no.yaml", duration: "5" },
      ["no.yaml", "workload.dur"],
    ],
  ])("%s", async (_, given, expected) => {
    const problems = await problemsOf(given);
    for (const text of expected) expect(problems.join("\n")).toContain(text);
    expect(problems.length).toBeGreaterThanOrEqual(expected.length);
  });
});

describe("a scenario that cannot be read", () => {
  it.each<Partial<RunArguments>>([
    {},
    { rate: 5, duration: "3s", devices: 7, timeout: "1s", latency: "constant(1ms)", fault: ["drop(1%)"] },
    { clientMethod: "echo", clientTimeout: "1s", gate: ["ok >= 99%"], stall: "1s@1s", callers: 3 },
  ])("is the only problem when nothing is wrong with the flags %j", async (given) => {
    const problems = await problemsOf({ ...given, scenario: "nothing" });
    expect(problems).toEqual([expect.stringContaining('got "nothing"')]);
  });
});

describe("flags over a scenario", () => {
  it("take the place of its own values and leave the rest", async () => {
    const given = { devices: 5, rate: 7, duration: "3s", latency: "constant(1ms)", fault: ["drop(1%)"], seed: "9" };
    const { scenario, seed } = await settleRun(flags(given));
    expect(seed).toBe("9");
    expect(scenario.fleet).toMatchObject({ devices: 5, qos: 1 });
    expect(scenario.fleet.cohorts).toMatchObject([{ name: "all", latency: "constant(1ms)", faults: ["drop(1%)"] }]);
    expect(scenario.workload).toMatchObject({ kind: "open", arrivals: "poisson", rate: 7, duration: 3 * SECOND });
    expect(scenario.calls[0]?.method).toBe("getValue");
  });

  it("--latency leaves the faults of each cohort, --fault their latencies", async () => {
    const slow = await settleRun(flags({ scenario: "timeout-behaviour", latency: "constant(1ms)" }));
    expect(slow.scenario.fleet.cohorts.map(({ faults }) => faults.length)).toEqual([0, 1, 1, 1, 1]);
    const faulty = await settleRun(flags({ scenario: "timeout-behaviour", fault: ["drop(1%)"] }));
    expect(faulty.scenario.fleet.cohorts[0]).toMatchObject({ latency: "exponential(mean=4s)", faults: ["drop(1%)"] });
  });

  it("--persona brings its forms, what is said beside it stands in their place, and faults are added", async () => {
    const plain = await settleRun(flags({ persona: "healthy-lan" }));
    const { latency } = PERSONAS.get("healthy-lan") as Persona;
    expect(plain.scenario.fleet.cohorts).toMatchObject([{ name: "all", persona: "healthy-lan", latency, faults: [] }]);
    const own = await settleRun(flags({ persona: "healthy-lan", latency: "constant(1ms)", fault: ["drop(1%)"] }));
    expect(own.scenario.fleet.cohorts).toMatchObject([{ latency: "constant(1ms)", faults: ["drop(1%)"] }]);
  });

  it("every persona is made of forms that can be read", async () => {
    for (const persona of PERSONAS.keys()) {
      expect((await settleRun(flags({ persona }))).scenario.fleet.cohorts[0]?.persona).toBe(persona);
    }
  });

  it("wrong personas, behaviours, reconnect policies and too many faults are named, each once", async () => {
    const many = Array.from({ length: 33 }, () => "drop(1%)");
    const given = { persona: "zombi", behaviour: "gone.ts", reconnect: "often", fault: many };
    expect(await problemsOf({ ...given, scenario: "timeout-behaviour" })).toMatchObject([
      expect.stringContaining('unknown persona "zombi"'),
      ...["slow", "silent", "late", "failing", "flapping"].flatMap((name) => [
        expect.stringContaining(`cohort ${name}: expected at most 32 faults, got 33`),
        ...(name === "slow"
          ? [
              expect.stringContaining('reconnect "often": unknown reconnect policy "often"'),
              expect.stringMatching(/behaviour: .*gone\.ts: no such file/),
            ]
          : []),
      ]),
    ]);
  });

  it("--client-rate makes the devices call, and the rest of what is said of it applies", async () => {
    expect((await settleRun(flags({}))).scenario.fleet.clientCalls).toBeUndefined();
    const plain = await settleRun(flags({ clientRate: 100 }));
    const defaults = { rate: 100, method: "getCurrentTime", params: {}, timeout: 10 * SECOND };
    expect(plain.scenario.fleet.clientCalls).toEqual(defaults);
    const own = await settleRun(flags({ clientRate: 2, clientMethod: "echo", clientTimeout: "1s" }));
    expect(own.scenario.fleet.clientCalls).toEqual({ rate: 2, method: "echo", params: {}, timeout: SECOND });
  });

  it("gates are added to the scenario's own", async () => {
    const { scenario } = await settleRun(flags({ gate: ["p50(rtt) < 1s"] }));
    expect(scenario.gates.length).toBe(4);
    expect(scenario.gates.at(-1)).toBe("p50(rtt) < 1s");
  });

  it("--callers makes the workload closed, of the scenario's length", async () => {
    const open = await settleRun(flags({ callers: 3 }));
    expect(open.scenario.workload).toEqual({ kind: "closed", callers: 3, duration: 15 * SECOND });
    const steps = await settleRun(flags({ scenario: "throughput", callers: 3, duration: "2s" }));
    expect(steps.scenario.workload).toEqual({ kind: "closed", callers: 3, duration: 2 * SECOND });
  });

  it("--shape takes the place of a rate, of steps and the other way round; the plan has its mean and its peak", async () => {
    const ramp = { shape: "ramp(from=0, to=100)" };
    const open = await settleRun(flags({ ...ramp, duration: "10s" }));
    expect(open.scenario.workload).toMatchObject({ kind: "open", shape: ramp.shape, duration: 10 * SECOND });
    expect(open.load).toMatchObject({ steps: [{ rate: 50, duration: 10 * SECOND }], peaks: [100] });
    const steps = await settleRun(flags({ ...ramp, scenario: "throughput" }));
    expect(steps.scenario.workload).toMatchObject({ kind: "open", duration: 5 * SECOND });
    const even = await settleRun(flags({ scenario: "mixed-load", rate: 9 }));
    expect(even.scenario.workload).toMatchObject({ kind: "open", rate: 9 });
    expect(even.load.peaks).toEqual([9]);
  });

  it("--timeout is that of every kind of call, and the longest is the run's", async () => {
    expect((await settleRun(flags({ scenario: "mixed-load" }))).timeout).toBe(10 * SECOND);
    const own = await settleRun(flags({ scenario: "mixed-load", timeout: "7s" }));
    expect([own.timeouts, own.timeout]).toEqual([[7 * SECOND, 7 * SECOND, 7 * SECOND], 7 * SECOND]);
  });

  it("--think, --abort, --retry and --poll-interval are what callers do", async () => {
    const given = { callers: 3, think: "constant(1s)", abort: "abort(p=1%, after=1s)", pollInterval: "10ms" };
    const { scenario } = await settleRun(flags({ ...given, retry: "retry(attempts=3)" }));
    expect(scenario.workload).toMatchObject({ kind: "closed", callers: 3, think: "constant(1s)" });
    expect(scenario.caller).toEqual({ abort: given.abort, retry: "retry(attempts=3)", pollInterval: 10_000 });
  });

  it.each([
    ["tb-v1", "200ms", 5 * SECOND],
    ["tb-v2", "7s", 7 * SECOND],
    ["tempus", "200ms", SECOND / 5],
  ] as const)("on %s a timeout of %s is granted as %d us", async (dialect, timeout, granted) => {
    expect((await settleRun(flags({ dialect, timeout }))).timeout).toBe(granted);
  });

  it("--transport is what every cohort speaks, --telemetry-rate what all devices send", async () => {
    const { scenario } = await settleRun(flags({ scenario: "timeout-behaviour", transport: "coap", telemetryRate: 9 }));
    expect(new Set(scenario.fleet.cohorts.map(({ transport }) => transport))).toEqual(new Set(["coap"]));
    expect(scenario.fleet.telemetry).toEqual({ rate: 9, payload: { temperature: 21.5 } });
  });

  it("devices of a file must bring what their cohort needs", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rpcfleet-devices-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const devicesFile = join(folder, "devices.csv");
    await writeFile(devicesFile, "id,clientId,username\n784f394c-42b6-435a-983c-b7beff2784f9,c1,u1\n");
    const target = "http://h:1";
    const lacking = "1 devices of cohort all, which speaks http, have no access token";
    expect(await problemsOf({ target, devicesFile, transport: "http" })).toEqual([expect.stringContaining(lacking)]);
    expect((await settleRun(flags({ target, devicesFile }))).devices).toMatchObject([{ token: "" }]);
  });

  it("a seed is drawn when none is given", async () => {
    const [one, other] = [await settleRun(flags({})), await settleRun(flags({}))];
    expect(one.seed).toMatch(/^\d+$/);
    expect(one.seed).not.toBe(other.seed);
  });
});
