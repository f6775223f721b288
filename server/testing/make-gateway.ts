import type { LiveServer } from "./live-server.ts";

/** Makes a device that is a gateway and resolves with its access token. */
export async function makeGateway(live: LiveServer, name: string, gateway = true): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name, additionalInfo: { gateway } });
  const made = await live.send("/api/device", { method: "POST", token: live.admin, headers, body });
  const { id } = JSON.parse(made.body).id;
  const credentials = await live.send(`/api/device/${id}/credentials`, { token: live.admin });
  return JSON.parse(credentials.body).credentialsId;
}
