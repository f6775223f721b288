/** A device profile that devices provision themselves with, saved over REST. */
import { expect } from "vitest";
import type { LiveServer } from "./live-server.ts";
import { restClient } from "./rest-client.ts";

export const ALLOW = "ALLOW_CREATE_NEW_DEVICES";
export const CHECK = "CHECK_PRE_PROVISIONED_DEVICES";

/** As ThingsBoard's pages write it: the key is `<name>-key`, the secret `<name>-secret`. */
export function profileBody(name: string, provisionType: string): Record<string, unknown> {
  const provisionConfiguration = { type: provisionType, provisionDeviceSecret: `${name}-secret` };
  return { name, provisionType, provisionDeviceKey: `${name}-key`, profileData: { provisionConfiguration } };
}

/** Saves the profile and gives what a device of it sends. */
export async function saveProfile(live: LiveServer, name: string, provisionType: string): Promise<ProvisionFields> {
  const saved = await restClient(live, live.admin).post("/api/deviceProfile", profileBody(name, provisionType));
  expect(saved).toMatchObject({ status: 200, json: profileBody(name, provisionType) });
  return { provisionDeviceKey: `${name}-key`, provisionDeviceSecret: `${name}-secret` };
}

export interface ProvisionFields {
  readonly provisionDeviceKey: string;
  readonly provisionDeviceSecret: string;
}
