/** Devices as JSON: what a client may send and what it gets (contract 12.1). */
import { z } from "zod";
import { CREDENTIALS_TYPES } from "../store/credentials.ts";
import type { CredentialsRow, DeviceRow } from "../store/store.ts";
import { entityId } from "./body.ts";

const LONGEST_NAME = 255;

export const deviceBody = z.object({
  id: entityId,
  name: z.string().trim().min(1, "Device name should be specified!").max(LONGEST_NAME),
  type: z.string().trim().max(LONGEST_NAME).nullish(),
  label: z.string().max(LONGEST_NAME).nullish(),
  deviceProfileId: entityId,
  customerId: entityId,
  additionalInfo: z.unknown().optional(),
});

export type DeviceBody = z.output<typeof deviceBody>;

const credentialsFields = z.object({
  credentialsType: z.enum(CREDENTIALS_TYPES),
  credentialsId: z.string().nullish(),
  credentialsValue: z.string().nullish(),
});

export const credentialsBody = credentialsFields.extend({ id: entityId, deviceId: z.object({ id: z.string() }) });

export const deviceWithCredentials = z.object({ device: deviceBody, credentials: credentialsFields });

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
    credentialsValue: credentials.credentialsValue,
  };
}

export const DEVICE_EXAMPLE = deviceJson({
  id: "6f1d0c2e-52a4-11f0-9c1b-7f3a0d4e8b21",
  createdTime: 1767225600000,
  tenantId: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  customerId: "13814000-1dd2-11b2-8080-808080808080",
  name: "Boiler 7",
  type: "boiler",
  label: null,
  deviceProfileId: "71c40a30-52a4-11f0-9c1b-7f3a0d4e8b21",
  additionalInfo: null,
});

export const CREDENTIALS_EXAMPLE = credentialsJson({
  id: "90aa3a50-52a4-11f0-9c1b-7f3a0d4e8b21",
  createdTime: 1767225600000,
  deviceId: "6f1d0c2e-52a4-11f0-9c1b-7f3a0d4e8b21",
  credentialsType: "ACCESS_TOKEN",
  credentialsId: "boiler-7-token",
  credentialsValue: null,
});
