/**
 * 10,000 requests and packets that no client sends, from one seed: the server stays up, its memory flat, and every honest session
 * beside them alive. Bounded, on loopback only.
 */
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connectAsync, type MqttClient } from "mqtt";
import { generate, type Packet } from "mqtt-packet";
import { expect, it, onTestFinished } from "vitest";
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../protocol/random.ts";
import { startRpcfleet } from "./rpcfleet.ts";

const SEED = process.env.FUZZ_SEED ?? "20261123";
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

class Chaos {
  readonly #random: RandomStream;

  constructor(attackNumber: number) {
    this.#random = new RandomStream(seedFrom(SEED)).seek(ENTITY.workload, PURPOSE.target, attackNumber);
  }

  below(count: number): number {
    return this.#random.below(count);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most) + 1 }, () => this.below(256)));
  }

  /** The same with a few bits turned, cut short, or with a piece of it repeated. */
  mutate(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    for (let turn = this.below(4); turn > 0 && copy.length > 0; turn--) {
      const at = this.below(copy.length);
      copy[at] = (copy[at] as number) ^ (1 << this.below(8));
    }
    if (this.below(3) === 0) return copy.subarray(0, this.below(copy.length + 1));
    if (this.below(5) === 0) return Buffer.concat([copy, copy.subarray(this.below(copy.length))]);
    return copy;
  }
}

const DEEP = 100_000;

function jsonOf(chaos: Chaos): string {
  return chaos.pick([
    () => "{",
    () => '{"method":"m","params":',
    () => `{"method":"m","params":${"[".repeat(chaos.below(DEEP))}`,
    () => `{"method":"m","params":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
    () => '{"__proto__":{"method":"x"},"constructor":{"prototype":{"polluted":1}},"method":"__proto__"}',
    () => `{"method":"${"m".repeat(chaos.below(70_000))}"}`,
    () => '{"method":{"a":1},"timeout":"1e999","expirationTime":-1,"retries":-9e99,"persistent":"maybe"}',
    () => '{"method":"m","timeout":1e308,"params":9007199254740993123456789,"persistent":true}',
    () => '{"method":"\\u0000\\ud800","params":"\\udfff","additionalInfo":{"a":[1e400]},"persistent":1}',
    () => '{"method":"m","requestUUID":"1-1-1-1-1","persistent":true,"timeout":1}',
    () => "[1,2,3]",
    () => "null",
    () => chaos.bytes(300).toString("latin1"),
  ])();
}

function httpAttack(chaos: Chaos, token: string, device: string): readonly Buffer[] {
  const paths = [
    `/api/plugins/rpc/twoway/${device}`,
    `/api/rpc/oneway/${device}`,
    `/api/rpc/twoway/${"0".repeat(chaos.below(5_000))}`,
    `/api/rpc/persistent/${device}`,
    `/api/rpc/persistent/device/${device}?pageSize=${chaos.pick(["-1", "1e9", "x", "%00"])}&page=${chaos.below(9)}`,
    "/api/auth/login",
    "/api/auth/token",
    "/api/device",
    "/api/tenant/devices?pageSize=999999999999&page=-1",
    "/api/v1/FUZZ_TOKEN/rpc?timeout=1",
    "/api/v1/A3_TEST_TOKEN/rpc/99999999999",
    "/api/v1/A3_TEST_TOKEN/telemetry",
    `/${chaos.bytes(60).toString("hex")}`,
    "/..%2f..%2fetc/passwd",
    "/%",
  ];
  const body = Buffer.from(jsonOf(chaos), chaos.pick(["utf8", "latin1"] as const));
  const length = chaos.pick([body.length, body.length, body.length, body.length + 9, 0, -1, 99_999_999_999]);
  const authorization = chaos.pick([`Bearer ${token}`, `Bearer ${token}`, "Bearer x.y.z", "", "Basic AAAA", token]);
  const head = [
    `${chaos.pick(["POST", "POST", "POST", "GET", "DELETE", "PUT", "TRACE"])} ${chaos.pick(paths)} HTTP/1.1`,
    "host: localhost",
    `x-authorization: ${authorization}`,
    `content-type: ${chaos.pick(["application/json", "text/plain", "application/xml", ";;;"])}`,
    `content-length: ${length}`,
    "",
    "",
  ].join("\r\n");
  const whole = Buffer.concat([Buffer.from(head, "latin1"), body]);
  return chaos.below(4) === 0 ? [chaos.mutate(whole)] : [whole];
}

function packetOf(chaos: Chaos): Packet {
  const topic = chaos.pick([
    "v1/devices/me/rpc/response/0",
    "v1/devices/me/rpc/response/999999999999",
    "v1/devices/me/rpc/request/x",
    "v1/devices/me/rpc/request/1",
    "v1/devices/me/telemetry",
    "v1/gateway/rpc",
    "v1/gateway/connect",
    "v2/r/res/p/1",
    "/v1/devices/me",
    "$SYS/x",
    `t/${"x".repeat(chaos.below(70_000))}`,
  ]);
  const payload = chaos.pick<string | Buffer>([jsonOf(chaos), chaos.bytes(200), '{"device":"__proto__","data":{}}']);
  return chaos.pick<Packet>([
    { cmd: "publish", topic, payload, qos: chaos.pick([0, 1, 2] as const), messageId: 7, dup: true, retain: true },
    {
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [
        { topic: chaos.pick(["#", "+/+", "v1/devices/me/rpc/request/+", "v1/#", "$share/a/b"]), qos: 2 },
        { topic: topic.slice(0, 100), qos: 0 },
      ],
    },
    { cmd: "unsubscribe", messageId: 2, unsubscriptions: ["v1/devices/me/rpc/request/+", "never"] },
    { cmd: "puback", messageId: chaos.below(65_536) },
    { cmd: "pubrel", messageId: 3 },
    { cmd: "pingreq" },
    { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId: "again", keepalive: 1 },
  ]);
}

function mqttAttack(chaos: Chaos): readonly Buffer[] {
  if (chaos.below(5) === 0) return [chaos.bytes(400)];
  const protocolVersion = chaos.pick([3, 4, 5, 5] as const);
  const hello = generate(
    {
      cmd: "connect",
      protocolId: protocolVersion === 3 ? "MQIsdp" : "MQTT",
      protocolVersion,
      clean: chaos.below(2) === 0,
      clientId: "fuzz",
      keepalive: 60,
      username: chaos.pick(["FUZZ_TOKEN", "FUZZ_TOKEN", "wrong", "provision"]),
    },
    { protocolVersion },
  );
  const rest = Array.from({ length: 1 + chaos.below(4) }, () => {
    const bytes = generate(packetOf(chaos), { protocolVersion });
    return chaos.below(3) === 0 ? chaos.mutate(bytes) : bytes;
  });
  return [chaos.below(6) === 0 ? chaos.mutate(hello) : hello, ...rest];
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
