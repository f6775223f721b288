/** REST with JSON bodies, for the live tests of management. */
import type { LiveServer } from "./live-server.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Speaks as one caller. */
export function restClient(live: LiveServer, token: string | undefined) {
  const ask = async (method: Method, path: string, body?: unknown) => {
    const sent =
      body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const reply = await live.send(path, { method, token, ...sent });
    const isJson = reply.type?.startsWith("application/json") === true;
    return { status: reply.status, body: reply.body, json: isJson ? JSON.parse(reply.body) : undefined };
  };
  return {
    get: (path: string) => ask("GET", path),
    post: (path: string, body?: unknown) => ask("POST", path, body),
    delete: (path: string) => ask("DELETE", path),
    /** Makes something and gives its id. */
    make: async (path: string, body: unknown): Promise<string> => {
      const made = await ask("POST", path, body);
      if (made.status !== 200) throw new Error(`POST ${path}: ${made.status} ${made.body}`);
      return made.json.id.id;
    },
  };
}

export type RestClient = ReturnType<typeof restClient>;

/** A new tenant with an administrator, who is logged in. */
export async function newTenant(
  live: LiveServer,
  title: string,
): Promise<{ id: string; token: string; email: string }> {
  const system = restClient(live, await live.login("sysadmin@thingsboard.org", "sysadmin"));
  const id = await system.make("/api/tenant", { title });
  const email = `${title.toLowerCase()}@example.org`;
  const user = await system.make("/api/user", { email, authority: "TENANT_ADMIN", tenantId: { id } });
  return { id, email, token: await activate(live, system, user) };
}

/** Activates a user with the password `password`; answers the user's token. */
export async function activate(live: LiveServer, admin: RestClient, user: string): Promise<string> {
  const link = new URL((await admin.get(`/api/user/${user}/activationLink`)).body);
  const body = { activateToken: link.searchParams.get("activateToken"), password: "password" };
  const activated = await restClient(live, undefined).post("/api/noauth/activate", body);
  if (activated.status !== 200) throw new Error(`activation: ${activated.body}`);
  return activated.json.token;
}
