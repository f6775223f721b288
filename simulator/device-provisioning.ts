/** Devices that provision themselves with the key and secret of a device profile, by HTTP (contract 12.4). */
import { Pool } from "undici";
import { parseJson } from "../protocol/message.ts";
import { fleetDeviceName, TargetError } from "./rest-client.ts";

export interface ProvisionKeys {
  readonly key: string;
  readonly secret: string;
}

interface ProvisionRange {
  /** Ordinal of the first device. */
  readonly first: number;
  readonly count: number;
  readonly onProgress: (done: number) => void;
}

const CONNECTIONS = 16;

/**
 * Provisions devices by their names in every run. A profile that makes new devices refuses those that are there
 * already (FAILURE), which is as good; an unknown key or secret (NOT_FOUND) throws TargetError.
 */
export async function selfProvision(
  url: string,
  { key, secret }: ProvisionKeys,
  { first, count, onProgress }: ProvisionRange,
): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let ordinal = next++; ordinal < count; ordinal = next++) {
      const body = {
        deviceName: fleetDeviceName(first + ordinal),
        provisionDeviceKey: key,
        provisionDeviceSecret: secret,
      };
      const status = await provisionOne(pool, JSON.stringify(body));
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

async function provisionOne(pool: Pool, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const response = await pool.request({ method: "POST", path: "/api/v1/provision", headers, body }).catch((error) => {
    throw new TargetError(`cannot provision: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  });
  const value = parseJson(await response.body.text());
  const { status } = (value ?? {}) as { readonly status?: unknown };
  return typeof status === "string" ? status : `status ${response.statusCode}`;
}
