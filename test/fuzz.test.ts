/**
 * 10,000 requests and packets that no client sends, from one seed: the server stays up, its memory flat, and every honest session
 * beside them alive. Bounded, on loopback only.
 */
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connectAsync, type MqttClient } from "mqtt";
import { expect, it, onTestFinished } from "vitest";
import { Chaos, httpAttack, mqttAttack } from "./fuzz-attacks.ts";
import { startRpcfleet } from "./rpcfleet.ts";

const HTTP_ATTACKS = 5_000;
const MQTT_ATTACKS = 5_000;
const AT_ONCE = 40;
const HONEST = 20;
/** Growth between the middle and the end that is still noise of the allocator and of compiled code. */
const FLAT_MIB = 40;
/** An attack that is left without an answer is hung up on after this long: some deserve none. */
const PATIENCE_MS = 150;

interface Served {
  readonly pid: number;
  /** Rejects with its last words when the process ends. */
  readonly down: Promise<never>;
  readonly http: number;
  readonly mqtt: number;
}

async function serve(): Promise<Served> {
  const { child, finished } = startRpcfleet([
    "serve",
    "--http-port",
    "0",
    "--mqtt-port",
    "0",
    "--coap-port",
    "0",
    "--log-level",
    "error",
  ]);
  let said = "";
  const down = finished.then(({ err }) => Promise.reject(new Error(`the server ended: ${err}`)));
  down.catch(() => undefined);
  return await new Promise((resolve, reject) => {
    child.stdout?.on("data", (bytes) => {
      said += bytes;
      const found = /REST http:\/\/127\.0\.0\.1:(\d+)\nMQTT port (\d+)\n/.exec(said);
      if (found !== null) resolve({ pid: child.pid as number, down, http: Number(found[1]), mqtt: Number(found[2]) });
    });
    down.catch(reject);
  });
}

/** Writes all bytes to a fresh connection and waits for its end, or hangs up. */
function attack(port: number, bytes: readonly Buffer[]): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connectTcp({ port, host: "127.0.0.1" });
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      // An answer is enough: the next attack has its turn.
      if (data.includes("HTTP/1.1")) socket.destroy();
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    for (const piece of bytes) socket.write(piece);
  });
}

async function attackAll(count: number, attackOne: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) await attackOne(number);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function residentMib(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) / 1_024;
}

interface Rest {
  readonly post: (path: string, body: object) => Promise<{ status: number; body: string }>;
  readonly token: string;
}

async function logIn({ http }: Served): Promise<Rest> {
  const url = `http://127.0.0.1:${http}`;
  const send = async (path: string, body: object, headers: Record<string, string>) => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.text() };
  };
  const pair = await send("/api/auth/login", { username: "tenant@thingsboard.org", password: "tenant" }, {});
  const { token } = JSON.parse(pair.body) as { token: string };
  return { token, post: (path, body) => send(path, body, { "x-authorization": `Bearer ${token}` }) };
}

interface Honest {
  readonly id: string;
  readonly client: MqttClient;
}

async function honestDevices(server: Served, rest: Rest): Promise<readonly Honest[]> {
  return await Promise.all(
    Array.from({ length: HONEST }, async (_, number) => {
      const created = await rest.post(`/api/device?accessToken=honest-${number}`, { name: `Honest ${number}` });
      const client = await connectAsync(`mqtt://127.0.0.1:${server.mqtt}`, {
        username: `honest-${number}`,
        protocolVersion: number % 2 === 0 ? 4 : 5,
        reconnectPeriod: 0,
      });
      onTestFinished(async () => {
        await client.endAsync(true);
      });
      client.on("message", (topic, payload) =>
        client.publish(topic.replace("request", "response"), JSON.stringify({ heard: JSON.parse(payload.toString()) })),
      );
      await client.subscribeAsync("v1/devices/me/rpc/request/+", { qos: 1 });
      return { id: (JSON.parse(created.body) as { id: { id: string } }).id.id, client };
    }),
  );
}

it("10,000 attacks leave the server up, its memory flat and every honest session alive", async () => {
  const server = await serve();
  const rest = await logIn(server);
  const victim = await rest.post("/api/device?accessToken=FUZZ_TOKEN", {
    name: "Victim",
    additionalInfo: { gateway: true },
  });
  const { id } = (JSON.parse(victim.body) as { id: { id: string } }).id;
  const honest = await honestDevices(server, rest);
  const half = async (part: number): Promise<void> => {
    await attackAll(HTTP_ATTACKS / 2, (n) =>
      attack(server.http, httpAttack(new Chaos(part * HTTP_ATTACKS + n), rest.token, id)),
    );
    await attackAll(MQTT_ATTACKS / 2, (n) =>
      attack(server.mqtt, mqttAttack(new Chaos(100_000 + part * MQTT_ATTACKS + n))),
    );
  };
  await Promise.race([half(0), server.down]);
  const middle = residentMib(server.pid);
  await Promise.race([half(1), server.down]);
  const end = residentMib(server.pid);
  expect(honest.filter(({ client }) => !client.connected)).toEqual([]);
  const answers = await Promise.all(
    honest.map((device) => rest.post(`/api/rpc/twoway/${device.id}`, { method: "still", params: { there: true } })),
  );
  for (const answer of answers) {
    expect(answer).toEqual({ status: 200, body: '{"heard":{"method":"still","params":{"there":true}}}' });
  }
  expect(end - middle).toBeLessThan(FLAT_MIB);
}, 180_000);
