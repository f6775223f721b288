/** Device connections of one kind in a process of their own: connects, then says what they cost. Needs --expose-gc. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectMqttJs, type MqttClient } from "mqtt";
import { RPC_REQUEST_FILTER } from "../protocol/topic.ts";
import type { ConnectSettings } from "../simulator/fault/device-fault.ts";
import { MqttSession } from "../simulator/session/mqtt-session.ts";

export interface ConnectProcessOptions {
  readonly kind: "session" | "mqttjs";
  readonly port: number;
  /** Makes client ids unlike those of any other process. */
  readonly tag: string;
  /** Connected first, unmeasured, so that code and buffers that all connections share are there. */
  readonly warmUp: readonly string[];
  readonly tokens: readonly string[];
}

export interface ConnectCost {
  readonly kind: "cost";
  /** Per connection. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly cpuUs: number;
}

const HOST = "127.0.0.1";
const KEEP_ALIVE_S = 120;
const CONNECTING = 50;
const SETTINGS: ConnectSettings = {
  delay: 0,
  token: undefined,
  clientId: undefined,
  handshake: 0,
  subscribeAfter: 0,
  filters: undefined,
  keepSession: false,
  keepAliveS: KEEP_ALIVE_S,
  pingFactor: 0.5,
  qos: 0,
  firstPacketId: 1,
};
const SETTLE_MS = 300;

const options = JSON.parse(process.argv[2] as string) as ConnectProcessOptions;
const connections: (MqttSession | MqttClient)[] = [];
let requests = 0;

function openSession(token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const listener = {
      connected: () => undefined,
      ready: resolve,
      request: () => {
        requests++;
      },
      answer: () => undefined,
      closed: (reason: string) => reject(new Error(reason)),
    };
    const clientId = `${options.tag}-${token}`;
    const session = new MqttSession({ host: HOST, port: options.port, clientId, token, clientCalls: false }, listener);
    connections.push(session);
    session.connect(SETTINGS);
  });
}

function openMqttJs(token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = connectMqttJs({
      host: HOST,
      port: options.port,
      clientId: `${options.tag}-${token}`,
      username: token,
      protocolVersion: 4,
      keepalive: KEEP_ALIVE_S,
    });
    connections.push(client);
    client.once("error", reject);
    client.once("connect", () => client.subscribe(RPC_REQUEST_FILTER, (error) => (error ? reject(error) : resolve())));
    client.on("message", () => {
      requests++;
    });
  });
}

async function openAll(tokens: readonly string[]): Promise<void> {
  const open = options.kind === "session" ? openSession : openMqttJs;
  const waiting = [...tokens].reverse();
  const work = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) await open(token);
  };
  await Promise.all(Array.from({ length: CONNECTING }, work));
}

async function memoryAtRest(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await sleep(SETTLE_MS);
  }
  return process.memoryUsage();
}

await openAll(options.warmUp);
const before = await memoryAtRest();
const cpuBefore = process.cpuUsage();
await openAll(options.tokens);
const cpu = process.cpuUsage(cpuBefore);
const after = await memoryAtRest();
const count = options.tokens.length;
const cost: ConnectCost = {
  kind: "cost",
  rssBytes: (after.rss - before.rss) / count,
  heapBytes: (after.heapUsed - before.heapUsed) / count,
  cpuUs: (cpu.user + cpu.system) / count,
};
if (requests > 0) throw new Error("nobody should have called these devices");
process.send?.(cost);
process.once("disconnect", () => process.exit());
