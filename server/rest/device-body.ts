/** Devices as JSON: what a client may send and what it gets (contract 12.1). */
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import type { CredentialsRow, DeviceRow } from "../store/store.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";

const entityId = z.object({ id: z.string() });
const LONGEST_NAME = 255;

const deviceBody = z.object({
  id: entityId.nullish(),
  name: z.string().trim().min(1, "Device name should be specified!").max(LONGEST_NAME),
  type: z.string().max(LONGEST_NAME).nullish(),
  label: z.string().max(LONGEST_NAME).nullish(),
  customerId: entityId.nullish(),
  additionalInfo: z.unknown().optional(),
});

export type DeviceBody = z.output<typeof deviceBody>;

/** Reads the body of a device to save. Throws ApiError naming every problem. */
export function readDeviceBody(text: string): DeviceBody {
  const json = parseJson(text);
  if (json === undefined) throw new ApiError(PROBLEMS.invalidBody);
  const parsed = deviceBody.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "device"}: ${issue.message}`);
  throw new ApiError(withMessage(PROBLEMS.invalidBody, problems.join("; ")));
}

export function deviceJson(device: DeviceRow): Record<string, unknown> {
  return {
    id: { entityType: "DEVICE", id: device.id },
    createdTime: device.createdTime,
    tenantId: { entityType: "TENANT", id: device.tenantId },
    customerId: { entityType: "CUSTOMER", id: device.customerId },
    name: device.name,
    type: device.type,
    label: device.label,
    deviceProfileId: { entityType: "DEVICE_PROFILE", id: device.deviceProfileId },
    additionalInfo: device.additionalInfo === null ? null : JSON.parse(device.additionalInfo),
  };
}

export function credentialsJson(credentials: CredentialsRow): Record<string, unknown> {
  return {
    id: { id: credentials.id },
    createdTime: credentials.createdTime,
    deviceId: { entityType: "DEVICE", id: credentials.deviceId },
    credentialsType: credentials.credentialsType,
    credentialsId: credentials.credentialsId,
    credentialsValue: null,
  };
}
