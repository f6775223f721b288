/**
 * A server killed without warning, again and again, under persistent calls: none it accepted may be lost, none may move backwards.
 * The judge reads the journal in the data folder from outside, with no code of the server but the table of legal changes.
 */

import Database from "better-sqlite3";
import { connect, type MqttClient } from "mqtt";
import { request } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { isLegalChange, type RpcStatus } from "../protocol/requester/rpc-status.ts";
import { type Started, startRpcfleet, temporaryFolder } from "./rpcfleet.ts";

const LIFE_MS = 1_000;
const PERIOD_MS = 5;
const DEVICES = 20;
/** Longer than the test: a call that expires would hide that it was forgotten. */
const TIMEOUT_MS = 300_000;
const POLL_MS = 50;
/** Long enough that calls are in every state when the server dies. */
const DEVICE_MS = 40;

interface Ports {
  readonly http: number;
  readonly mqtt: number;
}

async function serve(
  data: string,
  { http, mqtt }: Ports,
  more: readonly string[],
): Promise<Started & { readonly ports: Ports }> {
  const flags = [
    "--data",
    data,
    "--journal",
    "--coap-port",
    "0",
    "--http-port",
    String(http),
    "--mqtt-port",
    String(mqtt),
    ...more,
  ];
  const started = startRpcfleet(["serve", ...flags]);
  let said = "";
  const ports = await new Promise<Ports>((resolve, reject) => {
    started.child.stdout?.on("data", (bytes) => {
      said += bytes;
      const found = /REST http:\/\/127\.0\.0\.1:(\d+)\nMQTT port (\d+)\n/.exec(said);
      if (found !== null) resolve({ http: Number(found[1]), mqtt: Number(found[2]) });
    });
    void started.finished.then(({ err }) => reject(new Error(`serve ended: ${err}`)));
  });
  return { ...started, ports };
}

async function post(url: string, body: object, token?: string): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await request(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { "x-authorization": `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await response.body.text();
    return response.statusCode === 200 ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  } catch {
    // Killed in the middle: this call was not accepted.
    return undefined;
  }
}

/** Comes back whenever it can, and answers every request with its own id. */
function answeringDevice(port: number, username: string): MqttClient {
  const client = connect(`mqtt://127.0.0.1:${port}`, { username, reconnectPeriod: 40, connectTimeout: 2_000 });
  client.on("connect", () => client.subscribe("v1/devices/me/rpc/request/+", { qos: 1 }));
  client.on("error", () => undefined);
  client.on("message", (topic) => {
    const id = topic.slice(topic.lastIndexOf("/") + 1);
    const answer = (): unknown => client.publish(`v1/devices/me/rpc/response/${id}`, `{"id":${id}}`, { qos: 1 });
    setTimeout(answer, DEVICE_MS);
  });
  onTestFinished(async () => {
    await client.endAsync(true);
  });
  return client;
}

interface Verdict {
  readonly lost: string[];
  readonly illegal: string[];
  readonly unfinished: number;
  readonly changes: number;
}

function judge(folder: string, accepted: readonly string[]): Verdict {
  const database = new Database(`${folder}/rpcfleet.sqlite`, { readonly: true });
  const rows = new Map(
    (database.prepare("SELECT id, status FROM rpc").all() as { id: string; status: RpcStatus }[]).map((row) => [
      row.id,
      row.status,
    ]),
  );
  const last = new Map<string, RpcStatus>();
  const illegal: string[] = [];
  const journal = database.prepare("SELECT rpcId, status FROM rpc_changes ORDER BY rowid").all();
  for (const { rpcId, status } of journal as { rpcId: string; status: RpcStatus }[]) {
    const before = last.get(rpcId);
    if (before === undefined ? status !== "QUEUED" : !isLegalChange(before, status)) {
      illegal.push(`${rpcId}: ${before ?? "nothing"} -> ${status}`);
    }
    last.set(rpcId, status);
  }
  for (const [id, status] of last)
    if (rows.get(id) !== status) illegal.push(`${id}: row says ${rows.get(id)}, journal ${status}`);
  database.close();
  return {
    lost: accepted.filter((id) => !rows.has(id)),
    illegal,
    unfinished: accepted.filter((id) => rows.get(id) !== "SUCCESSFUL").length,
    changes: journal.length,
  };
}

interface Outcome extends Verdict {
  readonly accepted: number;
}

/** So many lives of a server under load, each ended by SIGKILL, and one more to finish in. */
async function killAgainAndAgain(lives: number, flags: readonly string[], patienceMs: number): Promise<Outcome> {
  const data = await temporaryFolder();
  let server = await serve(data, { http: 0, mqtt: 0 }, flags);
  const { ports } = server;
  const url = `http://127.0.0.1:${ports.http}`;
  const login = await post(`${url}/api/auth/login`, { username: "tenant@thingsboard.org", password: "tenant" });
  const token = login?.token as string;
  const devices: string[] = [];
  for (let i = 0; i < DEVICES; i++) {
    devices.push(idOf(await post(`${url}/api/device?accessToken=killed-${i}`, { name: `Killed ${i}` }, token)));
    answeringDevice(ports.mqtt, `killed-${i}`);
  }
  const accepted: string[] = [];
  const calls: Promise<void>[] = [];
  let sent = 0;
  const caller = setInterval(() => {
    const device = devices[sent % DEVICES] as string;
    const body = { method: "m", params: { call: sent++ }, persistent: true, timeout: TIMEOUT_MS };
    calls.push(
      post(`${url}/api/rpc/twoway/${device}`, body, token).then((answer) => {
        if (answer !== undefined) accepted.push(answer.rpcId as string);
      }),
    );
  }, PERIOD_MS);
  onTestFinished(() => clearInterval(caller));
  for (let life = 0; life < lives; life++) {
    await passing(LIFE_MS);
    server.child.kill("SIGKILL");
    await server.finished;
    server = await serve(data, ports, flags);
  }
  clearInterval(caller);
  await Promise.all(calls);
  let verdict = judge(data, accepted);
  for (let waited = 0; verdict.unfinished > 0 && waited < patienceMs; waited += POLL_MS) {
    await passing(POLL_MS);
    verdict = judge(data, accepted);
  }
  server.child.kill("SIGINT");
  await server.finished;
  return { ...judge(data, accepted), accepted: accepted.length };
}

/** The load itself takes time; nothing is guessed by waiting. */
function passing(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

it("killed 10 times under 200 persistent calls a second, a server loses none and none runs backwards", async () => {
  const outcome = await killAgainAndAgain(10, [], 30_000);
  expect(outcome).toMatchObject({ lost: [], illegal: [], unfinished: 0 });
  expect(outcome.accepted).toBeGreaterThan(500);
}, 120_000);

it("a server that forgets what it had sent when it starts is found out", async () => {
  const outcome = await killAgainAndAgain(2, ["--quirk", "recover-queued-only"], 1_000);
  expect(outcome.lost).toEqual([]);
  expect(outcome.unfinished).toBeGreaterThan(0);
}, 60_000);

function idOf(device: Record<string, unknown> | undefined): string {
  return (device as { id: { id: string } }).id.id;
}
