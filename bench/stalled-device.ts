/**
 * What one device that stopped reading costs the others: the p99 of calls to healthy devices beside one that is sent more than its
 * socket holds and reads nothing, against the same beside one that is sent as much and reads it.
 */
import { connect, type Socket } from "node:net";
import { generate } from "mqtt-packet";
import { OUTCOME_CODE } from "../protocol/outcome.ts";
import { SECOND } from "../protocol/time.ts";
import { RPC_REQUEST_FILTER } from "../protocol/topic.ts";
import { PLAIN_HABITS, plainKind } from "../simulator/caller/call-batch.ts";
import { runNative } from "../simulator/caller/native.ts";
import type { ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import type { Section } from "./figures.ts";
import { connectFleet } from "./our-fleet.ts";
import type { BenchServer } from "./our-side.ts";
import type { BenchSize } from "./size.ts";

const RATE = 500;
const SECONDS = 6;
/** A large one-way call so often: some megabytes a second, more than the buffers of both ends hold. */
const FLOOD_PERIOD_MS = 10;
const FLOOD_TEXT = "x".repeat(60_000);

export async function measureStalled(
  server: BenchServer,
  size: BenchSize,
  say: (line: string) => void,
): Promise<Section> {
  const [stalled, ...others] = server.devices.slice(0, size.stalledAmong) as [
    ProvisionedDevice,
    ...ProvisionedDevice[],
  ];
  const fleet = await connectFleet(server, others);
  const besideReader: number[] = [];
  const besideStalled: number[] = [];
  for (let repetition = 0; repetition <= size.stalledRepetitions; repetition++) {
    say(
      `a stalled device: ${repetition === 0 ? "warming up" : `repetition ${repetition} of ${size.stalledRepetitions}`}`,
    );
    for (const [reads, figures] of [
      [true, besideReader],
      [false, besideStalled],
    ] as const) {
      const stop = await flood(server, stalled, reads);
      const figure = await p99(server, others);
      stop();
      if (repetition > 0) figures.push(figure);
    }
    await fleet.drain(0, 1_000);
  }
  await fleet.close();
  return {
    repetitions: size.stalledRepetitions,
    title: `One stalled device among ${size.stalledAmong} (open loop, ${RATE}/s to the others, ${SECONDS} s a repetition)`,
    ours: "it is flooded and does not read",
    theirs: "it is flooded and reads",
    rows: [
      { name: "p99 of the others", unit: "us", better: "less", ours: besideStalled, theirs: besideReader, goal: 0.5 },
    ],
    notes: ["a ratio of 0.5 is twice the p99; devices answer at once, so all of it is the server's and this machine's"],
  };
}

/** Service time of calls to healthy devices. */
async function p99(server: BenchServer, devices: readonly ProvisionedDevice[]): Promise<number> {
  const intendedUs = Float64Array.from({ length: RATE * SECONDS }, (_, call) => (call * SECOND) / RATE);
  const caller = runNative(
    {
      url: server.url,
      dialect: "tb-v1",
      token: server.token,
      kinds: [plainKind('{"method":"echo","timeout":5000,"params":{"nonce":"bench-', 10 * SECOND)],
      habits: PLAIN_HABITS,
      runTag: "bench",
      seed: "bench",
      deviceIds: devices.map(({ id }) => id),
      intendedUs,
      targets: Uint32Array.from(intendedUs, (_, call) => call % devices.length),
      kindOf: new Uint8Array(intendedUs.length),
      firstCall: 0,
      step: 0,
      connections: 16,
      closed: undefined,
    },
    () => undefined,
  );
  await caller.ready;
  await caller.start();
  const { length, sentUs, settledUs, outcome } = await caller.result;
  const times: number[] = [];
  for (let row = 0; row < length; row++) {
    if (outcome[row] === OUTCOME_CODE.ok) times.push((settledUs[row] as number) - (sentUs[row] as number));
  }
  if (times.length < length) throw new Error(`${length - times.length} calls to healthy devices failed`);
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] as number;
}

/** Connects the device, which may stop reading, and floods it until the returned function is called. */
async function flood(server: BenchServer, device: ProvisionedDevice, reads: boolean): Promise<() => void> {
  const socket = connect({ port: server.mqttPort, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  const hello = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "stalled" } as const;
  socket.write(generate({ ...hello, username: device.token }));
  socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: RPC_REQUEST_FILTER, qos: 0 }] }));
  await received(socket, 2);
  if (!reads) socket.pause();
  const body = JSON.stringify({ method: "flood", params: FLOOD_TEXT });
  const headers = { "x-authorization": `Bearer ${server.token}` };
  const timer = setInterval(() => {
    fetch(`${server.url}/api/plugins/rpc/oneway/${device.id}`, { method: "POST", headers, body }).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
  }, FLOOD_PERIOD_MS);
  return () => {
    clearInterval(timer);
    socket.destroy();
  };
}

/** Resolves when CONNACK and SUBACK, which come in pieces of their own, have come. */
function received(socket: Socket, pieces: number): Promise<void> {
  const BYTES_OF_EACH = 4;
  let bytes = 0;
  return new Promise((resolve) => {
    socket.on("data", (data) => {
      bytes += data.length;
      if (bytes >= pieces * BYTES_OF_EACH) resolve();
    });
  });
}
