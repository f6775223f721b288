/** Devices of three kinds that do the same: connect with a token, subscribe to RPC requests, answer each with its params. */
import { connect } from "node:net";
import { connectAsync } from "mqtt";
import { RPC_REQUEST_FILTER, V1 } from "../protocol/topic.ts";
import { Fleet } from "../simulator/fleet/fleet.ts";
import { answeringPlan } from "./answering-plan.ts";

/** A server and the addresses it is reached at, over which devices are spread. */
export interface DeviceTarget {
  readonly hosts: readonly string[];
  readonly port: number;
}

/**
 * - `session`: ours, a whole Fleet with everything it keeps of a device and of each call.
 * - `bare`: a net.Socket and hand-written packets, the least a device on Node's sockets can be.
 * - `mqttjs`: MQTT.js 5 as its documentation shows it.
 */
export type DeviceKind = "session" | "bare" | "mqttjs";

/** Connects devices with the ordinals from `first` to before `end`, at most CONNECTING of them at a time. */
export type OpenDevices = (target: DeviceTarget, first: number, end: number) => Promise<void>;

const CONNECTING = 50;
const KEEP_ALIVE_S = 600;
/** What must not be collected while it is measured. */
const kept: unknown[] = [];

export const OPEN_DEVICES: Readonly<Record<DeviceKind, OpenDevices>> = {
  session: openFleet,
  bare: (target, first, end) => openEach(first, end, (ordinal) => openBare(target, ordinal)),
  mqttjs: (target, first, end) => openEach(first, end, (ordinal) => openMqttJs(target, ordinal)),
};

async function openEach(first: number, end: number, open: (ordinal: number) => Promise<unknown>): Promise<void> {
  let next = first;
  const work = async (): Promise<void> => {
    while (next < end) kept.push(await open(next++));
  };
  await Promise.all(Array.from({ length: CONNECTING }, work));
}

async function openFleet({ hosts, port }: DeviceTarget, first: number, end: number): Promise<void> {
  const [host, ...moreHosts] = hosts as [string, ...string[]];
  const endpoints = { mqtt: { host, port, moreHosts } };
  const ordinals = Array.from({ length: end - first }, (_, i) => first + i);
  const devices = ordinals.map((ordinal) => ({ id: `device-${ordinal}`, token: tokenOf(ordinal) }));
  const place = { endpoints, runTag: `bench${first}`, devices, firstOrdinal: first, keepAliveS: KEEP_ALIVE_S };
  const fleet = new Fleet(answeringPlan(place));
  kept.push(fleet);
  await fleet.connect();
  const { connected, firstFailure } = fleet.progress;
  if (connected < devices.length)
    throw new Error(`only ${connected} of ${devices.length} devices could connect (${firstFailure})`);
}

async function openMqttJs(target: DeviceTarget, ordinal: number): Promise<unknown> {
  const client = await connectAsync({
    ...addressOf(target, ordinal),
    clientId: `bench-${ordinal}`,
    username: tokenOf(ordinal),
    protocolVersion: 4,
    keepalive: KEEP_ALIVE_S,
  });
  client.on("message", (topic, payload) => {
    const { params } = JSON.parse(payload.toString()) as { params: unknown };
    client.publish(topic.replace("/request/", "/response/"), JSON.stringify(params));
  });
  await client.subscribeAsync(RPC_REQUEST_FILTER);
  return client;
}

const SUBSCRIBE = packet(0x82, Buffer.from([0, 1]), field(RPC_REQUEST_FILTER), Buffer.from([0]));
/** CONNECT of MQTT 3.1.1 up to the client id: clean session, user name. */
const CONNECT_HEAD = Buffer.concat([field("MQTT"), Buffer.from([4, 0x82, KEEP_ALIVE_S >> 8, KEEP_ALIVE_S & 0xff])]);

/** Relies on the stub: packets of less than 128 bytes, each read whole. */
function openBare(target: DeviceTarget, ordinal: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...addressOf(target, ordinal), noDelay: true });
    socket.once("connect", () =>
      socket.write(packet(0x10, CONNECT_HEAD, field(`bench-${ordinal}`), field(tokenOf(ordinal)))),
    );
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      if (bytes[0] === 0x20) socket.write(SUBSCRIBE);
      else if (bytes[0] === 0x90) resolve(socket);
      else socket.write(answerTo(bytes));
    });
  });
}

function answerTo(bytes: Buffer): Buffer {
  const topicEnd = 4 + bytes.readUInt16BE(2);
  const id = bytes.toString("latin1", 4 + V1.requestPrefix.length, topicEnd);
  const { params } = JSON.parse(bytes.toString("utf8", topicEnd)) as { params: unknown };
  return packet(0x30, field(V1.responsePrefix + id), Buffer.from(JSON.stringify(params)));
}

function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([first, size]), ...parts]);
}

function field(text: string): Buffer {
  return Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
}

function addressOf({ hosts, port }: DeviceTarget, ordinal: number): { host: string; port: number } {
  return { host: hosts[ordinal % hosts.length] as string, port };
}

function tokenOf(ordinal: number): string {
  return `bench-token-${ordinal}`;
}
