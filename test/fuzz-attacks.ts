/** What no client sends: broken, hostile and half-right HTTP requests and MQTT packets, each drawn from the seed and its number. */
import { generate, type Packet } from "mqtt-packet";
import { ENTITY, PURPOSE, RandomStream, seedFrom } from "../protocol/random.ts";

const SEED = process.env.FUZZ_SEED ?? "20261123";

/** The draws of one attack. */
export class Chaos {
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

/** One request to a server whose administrator has `token`, mostly about the device with the id `device`. */
export function httpAttack(chaos: Chaos, token: string, device: string): readonly Buffer[] {
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

/** A connection's worth of packets. */
export function mqttAttack(chaos: Chaos): readonly Buffer[] {
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
