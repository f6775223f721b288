/**
 * `npm run soak`: a fleet with churn and faults for a long time, watched from outside. Says whether its memory grows after warm-up,
 * whether descriptors get lost, and whether anything is pending at the end.
 *
 *   --minutes 30 --devices 5000 --rate 200
 *
 * Exit 0: it holds; 1: it does not.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seedFrom } from "../protocol/random.ts";
import { SECOND } from "../protocol/time.ts";
import { planArrivals, planTargets } from "../scenarios/arrivals.ts";
import { PLAIN_HABITS, plainKind } from "../simulator/caller/call-batch.ts";
import { runNative } from "../simulator/caller/native.ts";
import { RestClient } from "../simulator/rest-client.ts";
import { slopeOf } from "./slope.ts";

const CLI = fileURLToPath(new URL("../cli/rpcfleet.mjs", import.meta.url));
const SAMPLE_MS = 5_000;
const WARM_UP_SHARE = 0.3;
const MIB = 2 ** 20;
const STEP_S = 60;
const FLOOR_S = 120;
const FEWEST_FLOORS = 4;
const TIMEOUT = 5 * SECOND;
/** Growth over the whole run that is still called none, beyond what the scatter of the samples explains. */
const ALLOWED_MIB = 8;

/** The same of descriptors, which come and go with the connections. */
const ALLOWED_DESCRIPTORS = 20;

const FAULTS = [
  "drop(p=1%)",
  "late(p=1%, by=200ms)",
  "error(p=1%)",
  "disconnect(p=2%, reconnect=500ms)",
  "disconnect(p=1%, how=reset, reconnect=2s, name=resets)",
  "disconnect(p=0.2%, how=vanish, reconnect=2s, name=vanishing)",
  "duplicate(p=2%)",
  "truncate(p=1%)",
  "flap(p=20%, up=60s, down=2s)",
  "reboot(p=5%, every=5m, for=1s)",
];

export interface Sample {
  readonly atS: number;
  readonly rssMiB: number;
  readonly descriptors: number;
}

function sampleOf(pid: number, atS: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  return { atS, rssMiB: (rssKiB * 1_024) / MIB, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

interface Started {
  readonly child: ChildProcess;
  /** Everything it said. */
  said(): string;
  /** Resolves with the first match of what it says. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<unknown>;
}

/** The heap is collected before it has grown by a twentieth, so that memory between collections does not look like growth. */
const COLLECT_OFTEN = "--heap-growing-percent=5";

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [COLLECT_OFTEN, CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      for (const wake of waiting) wake();
    });
  }
  child.once("exit", () => {
    for (const wake of waiting) wake();
  });
  return {
    child,
    said: () => text,
    ended: once(child, "close"),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match === null && child.exitCode === null) return;
          waiting.delete(look);
          if (match === null) reject(new Error(`it ended with ${child.exitCode}:\n${text}`));
          else resolve(match);
        };
        waiting.add(look);
        look();
      }),
  };
}

interface SoakOptions {
  readonly minutes: number;
  readonly devices: number;
  readonly rate: number;
}

/** Calls for as long as the soak lasts, a batch of a minute at a time, so that this process keeps nothing of the last one. */
async function callFor({ minutes, devices, rate }: SoakOptions, url: string): Promise<{ sent: number }> {
  const rest = new RestClient(url, "tb-v1");
  await rest.login("tenant@thingsboard.org", "tenant");
  const known = await rest.ensureFleet(devices, () => undefined);
  const seed = seedFrom("soak");
  let sent = 0;
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    const durationS = Math.min(STEP_S, (until - performance.now()) / 1_000);
    const intendedUs = planArrivals({ rate, duration: durationS * SECOND, arrivals: "poisson", seed, firstCall: sent });
    const targets = planTargets({ seed, firstCall: sent, count: intendedUs.length, devices });
    await rest.login("tenant@thingsboard.org", "tenant");
    const batch = runNative(
      {
        url,
        dialect: "tb-v1",
        token: rest.token,
        kinds: [
          plainKind(`{"method":"getValue","timeout":${TIMEOUT / 1_000},"params":{"nonce":"soak-`, TIMEOUT + 3 * SECOND),
        ],
        habits: PLAIN_HABITS,
        runTag: "soak",
        seed: "soak",
        deviceIds: known.map(({ id }) => id),
        intendedUs,
        targets,
        kindOf: new Uint8Array(intendedUs.length),
        firstCall: sent,
        step: 0,
        connections: 64,
        closed: undefined,
      },
      () => undefined,
    );
    await batch.ready;
    await batch.start();
    await batch.result;
    sent += intendedUs.length;
  }
  await rest.close();
  return { sent };
}

/**
 * The least memory of each stretch of two minutes, at its middle in minutes. Between collections memory rises and falls, and
 * neighbouring samples are alike; the floors are what stays, and nearly independent.
 */
function floorsOf(samples: readonly Sample[]): [minute: number, rssMiB: number][] {
  const floors = new Map<number, number>();
  for (const { atS, rssMiB } of samples) {
    const stretch = Math.floor(atS / FLOOR_S);
    floors.set(stretch, Math.min(rssMiB, floors.get(stretch) ?? rssMiB));
  }
  return [...floors].map(([stretch, least]) => [((stretch + 0.5) * FLOOR_S) / 60, least]);
}

function judge(samples: readonly Sample[], devices: number, farewell: string): { lines: string[]; holds: boolean } {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const floors = floorsOf(settled);
  if (floors.length < FEWEST_FLOORS)
    return { holds: false, lines: ["too short to tell: it takes ten minutes at least"] };
  const { slope, halfWidth } = slopeOf(floors);
  const spanMin = ((settled.at(-1)?.atS ?? 0) - (settled[0]?.atS ?? 0)) / 60;
  const growth = slope * spanMin;
  const grows = slope - halfWidth > 0 && growth > ALLOWED_MIB;
  const descriptors = settled.map((sample) => sample.descriptors);
  const most = Math.max(...descriptors);
  const held = slopeOf(settled.map((sample) => [sample.atS / 60, sample.descriptors]));
  // Connections that vanished are the server's to end; until then they are held.
  const loses = held.slope - held.halfWidth > 0 && held.slope * spanMin > ALLOWED_DESCRIPTORS;
  const pending = Number(/, (\d+) replies not sent/.exec(farewell)?.[1] ?? Number.NaN);
  return {
    holds: !grows && !loses && pending === 0,
    lines: [
      `RSS slope ${(slope * 1_024).toFixed(1)} KiB/min (95 % interval +-${(halfWidth * 1_024).toFixed(1)}) over ${spanMin.toFixed(1)} min after warm-up, by the floors of 2 min: ${growth.toFixed(1)} MiB${grows ? ", IT GROWS" : ""}`,
      `RSS at the end ${samples.at(-1)?.rssMiB.toFixed(0)} MiB, descriptors ${Math.min(...descriptors)} to ${most} for ${devices} devices${loses ? ", SOME ARE LOST" : ""}`,
      `pending at the end: ${pending}`,
    ],
  };
}

async function soak(options: SoakOptions): Promise<boolean> {
  const { minutes, devices } = options;
  const server = start(["serve", "--http-port", "0", "--mqtt-port", "0", "--coap-port", "0", "--log-level", "error"]);
  try {
    const [, url = ""] = await server.until(/REST (http:\/\/[\d.:]+)/);
    const [, mqttPort = ""] = await server.until(/MQTT port (\d+)/);
    const faults = FAULTS.flatMap((fault) => ["--fault", fault]);
    const fleet = start(
      ["fleet", "--target", url, "--mqtt-port", mqttPort, "--devices", String(devices), "--seed", "soak"].concat(
        ["--run-tag", "soak", "--timeout", "5s", "--reconnect", "jitter(first=500ms, cap=5s)"],
        faults,
      ),
    );
    await fleet.until(/connected (\d+) of/);
    const calling = callFor(options, url);
    const begun = performance.now();
    const samples: Sample[] = [];
    while (performance.now() - begun < minutes * 60_000) {
      await sleep(SAMPLE_MS);
      const sample = sampleOf(fleet.child.pid as number, (performance.now() - begun) / 1_000);
      samples.push(sample);
      if (samples.length % 12 === 0) {
        const minute = (sample.atS / 60).toFixed(0);
        console.error(`minute ${minute}: ${sample.rssMiB.toFixed(1)} MiB, ${sample.descriptors} descriptors`);
      }
    }
    const { sent } = await calling;
    fleet.child.kill("SIGINT");
    await fleet.ended;
    const { lines, holds } = judge(samples, devices, fleet.said());
    const told = fleet
      .said()
      .split("\n")
      .filter((line) => /requests received|fired/.test(line));
    console.log(
      [`${devices} devices, ${minutes} min, ${sent.toLocaleString("en")} calls`, ...lines, ...told].join("\n"),
    );
    return holds;
  } finally {
    server.child.kill("SIGTERM");
  }
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    devices: { type: "string", default: "5000" },
    rate: { type: "string", default: "200" },
  },
});
const holds = await soak({
  minutes: Number(values.minutes),
  devices: Number(values.devices),
  rate: Number(values.rate),
});
process.exitCode = holds ? 0 : 1;
