/** Credentials of a device, checked and made complete (contract 6.1, 12.1). */
import { createHash } from "node:crypto";
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import { randomAccessToken } from "./access-token.ts";
import type { CredentialsRow } from "./store.ts";

export const CREDENTIALS_TYPES = ["ACCESS_TOKEN", "MQTT_BASIC", "X509_CERTIFICATE"] as const;

type CredentialsType = (typeof CREDENTIALS_TYPES)[number];

/** What a device presents; the id is what it is found by and belongs to one device only. */
export type Credentials = Pick<CredentialsRow, "credentialsType" | "credentialsId" | "credentialsValue">;

/** Credentials as a client writes them. */
export interface WrittenCredentials {
  readonly credentialsType: CredentialsType;
  readonly credentialsId?: string | null | undefined;
  readonly credentialsValue?: string | null | undefined;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const basicValue = z.object({ clientId: text, userName: text, password: text });

export type BasicValue = z.output<typeof basicValue>;

export function accessToken(token: string = randomAccessToken()): Credentials {
  return { credentialsType: "ACCESS_TOKEN", credentialsId: token, credentialsValue: null };
}

/** The credentials, or what is wrong with them. */
export function makeCredentials(written: WrittenCredentials): Credentials | { readonly problem: string } {
  const { credentialsType, credentialsId, credentialsValue } = written;
  switch (credentialsType) {
    case "ACCESS_TOKEN":
      if (!credentialsId?.trim()) return { problem: "Device credentials id should be specified!" };
      return accessToken(credentialsId);
    case "MQTT_BASIC":
      return makeBasic(credentialsValue);
    case "X509_CERTIFICATE": {
      const certificate = withoutPem(credentialsValue ?? "");
      if (certificate === "") return { problem: "Device credentials value should be specified!" };
      return { credentialsType, credentialsId: sha3(certificate), credentialsValue: certificate };
    }
  }
}

/** The value of MQTT_BASIC credentials, undefined when it is not one. */
export function readBasicValue(value: string | null | undefined): BasicValue | undefined {
  const parsed = basicValue.safeParse(parseJson(value ?? ""));
  return parsed.success ? parsed.data : undefined;
}

/** What a certificate is found by, from its PEM text or the base64 inside it. */
export function certificateHash(certificate: string): string {
  return sha3(withoutPem(certificate));
}

function makeBasic(written: string | null | undefined): Credentials | { readonly problem: string } {
  const value = readBasicValue(written);
  if (value === undefined) return { problem: "Invalid credentials body for simple mqtt credentials!" };
  const { clientId, userName, password } = value;
  if (clientId === undefined && userName === undefined) {
    return { problem: "Both mqtt client id and user name are empty!" };
  }
  if (userName === undefined && password !== undefined) {
    return { problem: "Password cannot be specified along with client id" };
  }
  return {
    credentialsType: "MQTT_BASIC",
    credentialsId: clientId === undefined ? (userName as string) : sha3([clientId, userName].filter(Boolean).join("|")),
    credentialsValue: JSON.stringify({
      clientId: clientId ?? null,
      userName: userName ?? null,
      password: password ?? null,
    }),
  };
}

function withoutPem(certificate: string): string {
  return certificate.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, "");
}

function sha3(content: string): string {
  return createHash("sha3-256").update(content).digest("hex");
}
