/** Devices that provision themselves with the key and secret of a device profile, by HTTP or MQTT (contract 12.4). */
import { Pool } from "undici";
import { parseJson } from "../protocol/message.ts";
import type { Endpoint } from "./fleet/fleet-plan.ts";
import { provisionByMqtt } from "./mqtt-provisioning.ts";
import { fleetDeviceName, TargetError } from "./rest-client.ts";

export interface ProvisionSetting {
  readonly key: string;
  readonly secret: string;
  /** The REST URL. */
  readonly url: string;
  /** Where MQTT is spoken; undefined: by HTTP. */
  readonly mqtt: Endpoint | undefined;
}

interface ProvisionRange {
  /** Ordinal of the first device. */
  readonly first: number;
  readonly count: number;
  readonly onProgress: (done: number) => void;
}

const CONNECTIONS = 16;

/**
 * Provisions devices by their names in every run. A profile that makes new devices refuses those that are there already (FAILURE),
 * which is as good; an unknown key or secret (NOT_FOUND) throws TargetError.
 */
export async function selfProvision(setting: ProvisionSetting, range: ProvisionRange): Promise<void> {
  const { key, secret, url, mqtt } = setting;
  const { first, count, onProgress } = range;
  const pool = new Pool(url, { connections: CONNECTIONS });
  const ask = (body: string): Promise<string> =>
    mqtt === undefined ? provisionByHttp(pool, body) : provisionByMqtt(mqtt, body);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let ordinal = next++; ordinal < count; ordinal = next++) {
      const deviceName = fleetDeviceName(first + ordinal);
      const body = JSON.stringify({ deviceName, provisionDeviceKey: key, provisionDeviceSecret: secret });
      const status = statusOf(await ask(body).catch(unreachable));
      if (status !== "SUCCESS" && status !== "FAILURE") {
        throw new TargetError(`${url} does not provision devices with this key and secret: ${status}`);
      }
      onProgress(ordinal + 1);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  } finally {
    await pool.close();
  }
}

async function provisionByHttp(pool: Pool, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await pool.request({ method: "POST", path: "/api/v1/provision", headers, body });
  return response.body.text();
}

function unreachable(error: NodeJS.ErrnoException): never {
  throw new TargetError(`cannot provision: ${error.code ?? error.message}`);
}

function statusOf(text: string): string {
  const { status } = (parseJson(text) ?? {}) as { readonly status?: unknown };
  return typeof status === "string" ? status : `"${text}"`;
}
