/** A server on free ports for the live tests, with a caller that is logged in. */
import { request } from "undici";
import type { ServerOptions } from "../options.ts";
import { type RunningServer, startServer } from "../server.ts";

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  readonly type: string | undefined;
}

interface SendOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface LiveServer {
  readonly server: RunningServer;
  /** Access token of the tenant's administrator. */
  readonly admin: string;
  send(path: string, options?: SendOptions): Promise<HttpReply>;
  login(username: string, password: string): Promise<string>;
  /** Id of a device of the administrator's tenant. */
  deviceId(name: string): Promise<string>;
}

/** Starts with a short minimum timeout, so that a test of a timeout takes 50 ms and not 5 s. */
export async function startLiveServer(options: ServerOptions = {}): Promise<LiveServer> {
  const server = await startServer({ httpPort: 0, mqttPort: 0, minTimeoutMs: 50, ...options });
  const send = async (path: string, { method = "GET", token, headers, body }: SendOptions = {}): Promise<HttpReply> => {
    const response = await request(server.httpUrl + path, {
      method,
      headers: { ...(token === undefined ? {} : { "x-authorization": `Bearer ${token}` }), ...headers },
      body: body ?? null,
    });
    const type = response.headers["content-type"];
    return { status: response.statusCode, body: await response.body.text(), type: type as string | undefined };
  };
  const login = async (username: string, password: string): Promise<string> => {
    const reply = await send("/api/auth/login", { method: "POST", body: JSON.stringify({ username, password }) });
    if (reply.status !== 200) throw new Error(`login of ${username}: ${reply.body}`);
    return (JSON.parse(reply.body) as { token: string }).token;
  };
  const tempus = options.dialect === "tempus";
  const admin = await login(tempus ? "demo@hashmapinc.com" : "tenant@thingsboard.org", "tenant");
  const deviceId = async (name: string): Promise<string> => {
    const reply = await send(`/api/tenant/devices?deviceName=${encodeURIComponent(name)}`, { token: admin });
    return (JSON.parse(reply.body) as { id: { id: string } }).id.id;
  };
  return { server, admin, send, login, deviceId };
}
