/** One server as the rows see it: its REST side, its MQTT port, and devices made for the occasion. */
import { randomBytes } from "node:crypto";
import { request } from "undici";
import { RawDevice, type Version } from "../../server/testing/raw-device.ts";

export interface Target {
  readonly url: string;
  readonly mqttPort: number;
  readonly username: string;
  readonly password: string;
  /** The shortest timeout the server grants, ms. */
  readonly minTimeoutMs: number;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

export interface Sending {
  readonly method?: "GET" | "POST" | "DELETE" | "PUT";
  readonly body?: string;
  /** false: none at all. */
  readonly token?: string | false;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MadeDevice {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

export class World {
  readonly target: Target;
  readonly #connected: RawDevice[] = [];
  readonly #made: string[] = [];
  #admin = "";

  constructor(target: Target) {
    this.target = target;
  }

  get admin(): string {
    return this.#admin;
  }

  async open(): Promise<void> {
    const { username, password } = this.target;
    const reply = await this.send("/api/auth/login", { body: JSON.stringify({ username, password }), token: false });
    if (reply.status !== 200) throw new Error(`login of ${username}: ${reply.status} ${reply.body}`);
    this.#admin = (JSON.parse(reply.body) as { token: string }).token;
  }

  /** Ends connections and deletes devices the rows made. */
  async close(): Promise<void> {
    for (const device of this.#connected.splice(0)) device.socket.destroy();
    for (const id of this.#made.splice(0)) await this.send(`/api/device/${id}`, { method: "DELETE" });
  }

  async send(path: string, { method, body, token, headers }: Sending = {}): Promise<Reply> {
    const authorization = token === false ? {} : { "x-authorization": `Bearer ${token ?? this.#admin}` };
    const response = await request(this.target.url + path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { "content-type": "application/json", ...authorization, ...headers },
      body: body ?? null,
    });
    const type = String(response.headers["content-type"] ?? "");
    return { status: response.statusCode, body: await response.body.text(), type };
  }

  /** A call; `fields` are those of the body beside the method. */
  call(device: string, fields: object = {}, path = "/api/rpc/twoway"): Promise<Reply> {
    return this.send(`${path}/${device}`, { body: JSON.stringify({ method: "m", ...fields }) });
  }

  async device(fields: object = {}): Promise<MadeDevice> {
    const token = `conformance-${randomBytes(6).toString("hex")}`;
    const body = JSON.stringify({ name: `Conformance ${token}`, type: "default", ...fields });
    const reply = await this.send(`/api/device?accessToken=${token}`, { body });
    if (reply.status !== 200) throw new Error(`cannot make a device: ${reply.status} ${reply.body}`);
    const { id, name } = JSON.parse(reply.body) as { id: { id: string }; name: string };
    this.#made.push(id.id);
    return { id: id.id, name, token };
  }

  /** A connection that has sent nothing yet. */
  socket(version: Version = 4): RawDevice {
    const device = new RawDevice(this.target.mqttPort, version, new URL(this.target.url).hostname);
    this.#connected.push(device);
    return device;
  }

  /** A device of its own, connected and listening for requests. */
  async listening(
    qos: 0 | 1 | 2 = 1,
    filter = "v1/devices/me/rpc/request/+",
  ): Promise<MadeDevice & { link: RawDevice }> {
    const made = await this.device();
    const link = this.socket();
    const code = await link.connect({ username: made.token });
    if (code !== 0) throw new Error(`CONNACK ${code}`);
    await link.subscribe([filter], qos);
    return { ...made, link };
  }
}

/** Fails a row in words. */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  const [seen, hoped] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (seen !== hoped) throw new Error(`${what}: expected ${hoped}, got ${seen}`);
}

/** The error JSON of contract 4.6. */
export function expectProblem(reply: Reply, status: number, errorCode: number): void {
  expectEqual(reply.status, status, "status");
  const problem = JSON.parse(reply.body) as Record<string, unknown>;
  expectEqual([problem.status, problem.errorCode], [status, errorCode], "error JSON");
  expectThat(typeof problem.message === "string" && problem.timestamp !== undefined, "message and timestamp are there");
}
