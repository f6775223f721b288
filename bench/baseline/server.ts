/**
 * The server a competent engineer writes in an hour: fastify in front, aedes behind, a map of pending calls between them. Same URL,
 * topics and answers as ours; a fixed bearer token instead of JWTs, no store, no roles, no dialects. A process of its own.
 */
import { createServer } from "node:net";
import { Aedes, type Client } from "aedes";
import Fastify from "fastify";

export interface BaselineServerOptions {
  readonly bearer: string;
  readonly devices: readonly { readonly id: string; readonly token: string }[];
}

interface RpcBody {
  readonly method: string;
  readonly params: unknown;
  readonly timeout?: number;
}

const HOST = "127.0.0.1";
const RESPONSE = "v1/devices/me/rpc/response/";
const DEFAULT_TIMEOUT_MS = 10_000;

const options = JSON.parse(process.argv[2] as string) as BaselineServerOptions;
const idOfToken = new Map(options.devices.map(({ id, token }) => [token, id]));
const idOfClient = new Map<Client, string>();
const connected = new Map<string, Client>();
const pending = new Map<number, (payload: string | undefined) => void>();
let lastRequest = 0;

const broker = await Aedes.createBroker({
  authenticate: (client, username, _password, done) => {
    const id = idOfToken.get(username ?? "");
    if (id !== undefined) idOfClient.set(client, id);
    done(null, id !== undefined);
  },
});
broker.on("clientReady", (client) => connected.set(idOfClient.get(client) as string, client));
broker.on("clientDisconnect", (client) => {
  connected.delete(idOfClient.get(client) as string);
  idOfClient.delete(client);
});
broker.on("publish", ({ topic, payload }, client) => {
  if (client !== null && topic.startsWith(RESPONSE)) {
    pending.get(Number(topic.slice(RESPONSE.length)))?.(payload.toString());
  }
});

function call(device: Client, { method, params, timeout }: RpcBody): Promise<string | undefined> {
  const request = ++lastRequest;
  const topic = `v1/devices/me/rpc/request/${request}`;
  const payload = JSON.stringify({ method, params });
  return new Promise((resolve) => {
    const settle = (answer: string | undefined): void => {
      clearTimeout(timer);
      pending.delete(request);
      resolve(answer);
    };
    const timer = setTimeout(() => settle(undefined), timeout ?? DEFAULT_TIMEOUT_MS);
    pending.set(request, settle);
    device.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, (error) => {
      if (error) settle(undefined);
    });
  });
}

const app = Fastify();
app.addHook("onRequest", async (request, reply) => {
  if (request.headers["x-authorization"] !== `Bearer ${options.bearer}`) {
    return reply.code(401).send({ status: 401, message: "Authentication failed" });
  }
});
app.get("/api/auth/user", async () => ({ name: "bench" }));
app.post<{ Params: { id: string }; Body: RpcBody }>("/api/plugins/rpc/twoway/:id", async (request, reply) => {
  const device = connected.get(request.params.id);
  if (device === undefined) return reply.code(409).send();
  const answer = await call(device, request.body);
  if (answer === undefined) return reply.code(408).send();
  return reply.type("application/json").send(answer);
});

const httpUrl = await app.listen({ port: 0, host: HOST });
const mqtt = createServer({ noDelay: true }, broker.handle);
mqtt.listen(0, HOST, () => {
  process.send?.({ kind: "ready", httpUrl, mqttPort: (mqtt.address() as { port: number }).port });
});
process.once("disconnect", () => process.exit());
