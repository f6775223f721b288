/** Our server as a process, with the devices the bench needs. */
import type { ProvisionedDevice } from "../simulator/fleet/fleet-plan.ts";
import { RestClient } from "../simulator/rest-client.ts";
import type { BenchChild } from "./children.ts";

/** What a server process says when both of its ports take connections. */
export interface ServerReady {
  readonly kind: "ready";
  readonly httpUrl: string;
  readonly mqttPort: number;
}

/** A server under test. */
export interface BenchServer {
  readonly pid: number;
  readonly url: string;
  readonly mqttPort: number;
  /** Token of the calling user. */
  readonly token: string;
  readonly devices: readonly ProvisionedDevice[];
}

export async function openOurs(child: BenchChild, devices: number): Promise<BenchServer> {
  const { httpUrl: url, mqttPort } = await child.next<ServerReady>("ready");
  const rest = new RestClient(url, "tb-v1");
  try {
    await rest.login("tenant@thingsboard.org", "tenant");
    const made = await rest.ensureFleet(devices, () => undefined);
    return { pid: child.pid, url, mqttPort, token: rest.token, devices: made };
  } finally {
    await rest.close();
  }
}
