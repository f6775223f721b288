/** What a device asks for when it provisions itself (contract 12.4), read from JSON. */
import { z } from "zod";
import { CREDENTIALS_TYPES, type WrittenCredentials } from "../store/credentials.ts";
import { readJsonObject } from "../transport/json-object.ts";

export interface ProvisionRequest {
  readonly key: string;
  readonly secret: string;
  /** As it was sent; "" when it was not. */
  readonly deviceName: string;
  /** What the device wants to connect with; undefined: an access token of the server's choice. */
  readonly credentials: WrittenCredentials | undefined;
  readonly gateway: boolean;
}

/** `not_an_object`: nor JSON, perhaps. `incomplete`: no key or no secret. `unusable`: a field of another kind or value. */
type ProvisionReading =
  | { readonly kind: "request"; readonly request: ProvisionRequest }
  | { readonly kind: "not_an_object" | "incomplete" | "unusable" };

/** SDKs send what they were not given as null. */
const text = z
  .union([z.string(), z.number(), z.boolean()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? "" : String(value)));

const fields = z.object({
  provisionDeviceKey: text,
  provisionDeviceSecret: text,
  deviceName: text,
  credentialsType: z.enum(CREDENTIALS_TYPES).nullish(),
  token: text,
  clientId: text,
  username: text,
  password: text,
  hash: text,
  gateway: z.union([z.boolean(), z.string()]).nullish(),
});

type Fields = z.output<typeof fields>;

export function readProvisionRequest(payload: string): ProvisionReading {
  const reading = readJsonObject(payload);
  if (reading.kind !== "object") return { kind: "not_an_object" };
  const parsed = fields.safeParse(reading.object);
  if (!parsed.success) return { kind: "unusable" };
  const { provisionDeviceKey: key, provisionDeviceSecret: secret, deviceName, gateway } = parsed.data;
  if (key === "" || secret === "") return { kind: "incomplete" };
  const isGateway = gateway === true || gateway === "true";
  return {
    kind: "request",
    request: { key, secret, deviceName, credentials: credentialsIn(parsed.data), gateway: isGateway },
  };
}

/** A type alone, without anything of any type, asks for nothing. */
function credentialsIn({ credentialsType, token, clientId, username, password, hash }: Fields) {
  if ([token, clientId, username, password, hash].every((given) => given === "")) return undefined;
  switch (credentialsType ?? "ACCESS_TOKEN") {
    case "ACCESS_TOKEN":
      return { credentialsType: "ACCESS_TOKEN", credentialsId: token } as const;
    case "MQTT_BASIC":
      return {
        credentialsType: "MQTT_BASIC",
        credentialsValue: JSON.stringify({ clientId, userName: username, password }),
      } as const;
    case "X509_CERTIFICATE":
      return { credentialsType: "X509_CERTIFICATE", credentialsValue: hash } as const;
  }
}
