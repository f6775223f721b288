/**
 * Devices that provision themselves (contract 12.4): a request that knows the key and secret of a device profile makes a device of
 * that profile, or gets the credentials of one that is there, as the profile has it. Keys, secrets and credentials are not logged.
 */
import type { Logger } from "pino";
import { randomAccessToken } from "../store/access-token.ts";
import { accessToken, type Credentials, makeCredentials } from "../store/credentials.ts";
import type { NewDevice } from "../store/device-registry.ts";
import type { ProvisionProfile } from "../store/provision-keys.ts";
import { ConflictError, type CredentialsRow, type DeviceRow, NULL_UUID } from "../store/store.ts";
import { type ProvisionRequest, readProvisionRequest } from "./provision-request.ts";

export interface ProvisionContext {
  readonly profiles: { byProvisionKey(key: string, secret: string): ProvisionProfile | undefined };
  readonly devices: {
    deviceByName(tenantId: string, name: string): Pick<DeviceRow, "id" | "deviceProfileId"> | undefined;
    credentialsOf(device: string): Credentials | undefined;
    /** Throws ConflictError. */
    create(device: NewDevice, credentials: Credentials): unknown;
  };
  readonly logger: Pick<Logger, "info" | "error">;
}

/**
 * `body`: what HTTP and CoAP answer, and MQTT when `kind` is `answered`; over MQTT the rest ends the connection (contract 6.5).
 * `malformed`: not a JSON object. `wrong_shape`: no key or no secret, or a field that cannot be used.
 */
interface ProvisionAnswer {
  readonly kind: "answered" | "malformed" | "wrong_shape";
  readonly success: boolean;
  readonly body: string;
}

export type Provision = (payload: string) => ProvisionAnswer;

const LONGEST_NAME = 255;
const NOT_FOUND = '{"errorMsg":"Provision data was not found!","status":"NOT_FOUND"}';
const FAILURE = '{"errorMsg":"Failed to provision device!","status":"FAILURE"}';

export function createProvision(context: ProvisionContext): Provision {
  return (payload) => {
    const reading = readProvisionRequest(payload);
    switch (reading.kind) {
      case "request":
        return answerSafely(reading.request, context);
      case "not_an_object":
        return { kind: "malformed", success: false, body: FAILURE };
      case "incomplete":
        return { kind: "wrong_shape", success: false, body: NOT_FOUND };
      case "unusable":
        return { kind: "wrong_shape", success: false, body: FAILURE };
    }
  };
}

/** A fault of ours costs one answer: whoever asks is told no more than that it failed. */
function answerSafely(request: ProvisionRequest, context: ProvisionContext): ProvisionAnswer {
  try {
    return answer(request, context);
  } catch (error) {
    context.logger.error({ err: error }, "a device could not be provisioned");
    return { kind: "answered", success: false, body: FAILURE };
  }
}

function answer(request: ProvisionRequest, context: ProvisionContext): ProvisionAnswer {
  const deviceName = request.deviceName.trim();
  const isBlank = deviceName === "" && request.deviceName !== "";
  const profile = isBlank ? undefined : context.profiles.byProvisionKey(request.key, request.secret);
  if (profile === undefined) return { kind: "answered", success: false, body: isBlank ? FAILURE : NOT_FOUND };
  const known = deviceName === "" ? undefined : context.devices.deviceByName(profile.tenantId, deviceName);
  let credentials: Credentials | undefined;
  if (profile.type === "CHECK_PRE_PROVISIONED_DEVICES") {
    // As often as it asks: a device that lost its credentials gets them again.
    if (known?.deviceProfileId === profile.id) credentials = context.devices.credentialsOf(known.id);
  } else if (known === undefined) credentials = create({ ...request, deviceName }, profile, context);
  if (credentials === undefined) return { kind: "answered", success: false, body: FAILURE };
  context.logger.info({ profile: profile.id, type: profile.type }, "device provisioned");
  return { kind: "answered", success: true, body: successBody(credentials) };
}

/** Undefined when the name or the credentials cannot be a device's, or are another one's. */
function create(
  { deviceName, credentials: wanted, gateway }: ProvisionRequest,
  { tenantId, name: type }: ProvisionProfile,
  { devices }: ProvisionContext,
): Credentials | undefined {
  const credentials = wanted === undefined ? accessToken() : makeCredentials(wanted);
  if ("problem" in credentials || deviceName.length > LONGEST_NAME) return undefined;
  const name = deviceName || randomAccessToken();
  const additionalInfo = gateway ? '{"gateway":true}' : null;
  try {
    devices.create({ tenantId, customerId: NULL_UUID, name, type, label: null, additionalInfo }, credentials);
    return credentials;
  } catch (error) {
    if (error instanceof ConflictError) return undefined;
    throw error;
  }
}

function successBody({ credentialsType, credentialsId, credentialsValue }: Credentials): string {
  const value: { readonly [type in CredentialsRow["credentialsType"]]: () => unknown } = {
    ACCESS_TOKEN: () => credentialsId,
    X509_CERTIFICATE: () => credentialsValue,
    MQTT_BASIC: () => JSON.parse(credentialsValue as string),
  };
  return JSON.stringify({ credentialsValue: value[credentialsType](), credentialsType, status: "SUCCESS" });
}
