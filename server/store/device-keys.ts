/**
 * Which device each kind of credentials names (contract 6.1), in memory. MQTT basic credentials are found by the pair of client id
 * and username, by the username alone, or by the client id alone when no username was sent.
 */
import { type BasicValue, readBasicValue } from "./credentials.ts";
import { sameText } from "./same-text.ts";
import type { CredentialsRow } from "./store.ts";

/** What an MQTT CONNECT carries. */
export interface GivenMqttBasic {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

type Key = Pick<CredentialsRow, "deviceId" | "credentialsType" | "credentialsId" | "credentialsValue">;

interface BasicKey {
  readonly device: string;
  readonly password: string | undefined;
}

export class DeviceKeys {
  readonly #ofToken = new Map<string, string>();
  readonly #ofCertificate = new Map<string, string>();
  readonly #ofBasic = new Map<string, BasicKey>();
  readonly #keyOf = new Map<string, Key>();

  deviceOfToken(accessToken: string): string | undefined {
    return this.#ofToken.get(accessToken);
  }

  /** `sha3` as made by `certificateHash`. */
  deviceOfCertificate(sha3: string): string | undefined {
    return this.#ofCertificate.get(sha3);
  }

  deviceOfMqttBasic(given: GivenMqttBasic): { readonly device: string } | "wrong_password" | undefined {
    if (this.#ofBasic.size === 0) return undefined;
    const found = this.#basicOf(given.clientId, given.username || "");
    if (found === undefined) return undefined;
    const { device, password } = found;
    return password === undefined || sameText(password, given.password ?? "") ? { device } : "wrong_password";
  }

  /** Credentials of a device that has none here. */
  add(key: Key): void {
    this.#keyOf.set(key.deviceId, key);
    const { deviceId, credentialsId } = key;
    switch (key.credentialsType) {
      case "ACCESS_TOKEN":
        this.#ofToken.set(credentialsId, deviceId);
        return;
      case "X509_CERTIFICATE":
        this.#ofCertificate.set(credentialsId, deviceId);
        return;
      case "MQTT_BASIC": {
        const value = readBasicValue(key.credentialsValue) as BasicValue;
        this.#ofBasic.set(pair(value.clientId, value.userName), {
          device: deviceId,
          password: value.password || undefined,
        });
      }
    }
  }

  delete(device: string): void {
    const key = this.#keyOf.get(device);
    if (key === undefined) return;
    this.#keyOf.delete(device);
    switch (key.credentialsType) {
      case "ACCESS_TOKEN":
        this.#ofToken.delete(key.credentialsId);
        return;
      case "X509_CERTIFICATE":
        this.#ofCertificate.delete(key.credentialsId);
        return;
      case "MQTT_BASIC": {
        const value = readBasicValue(key.credentialsValue) as BasicValue;
        this.#ofBasic.delete(pair(value.clientId, value.userName));
      }
    }
  }

  #basicOf(clientId: string, username: string): BasicKey | undefined {
    if (username === "") return clientId === "" ? undefined : this.#ofBasic.get(pair(clientId, ""));
    return this.#ofBasic.get(pair(clientId, username)) ?? this.#ofBasic.get(pair("", username));
  }
}

/** No MQTT text contains the character between the two. */
function pair(clientId: string | undefined, username: string | undefined): string {
  return `${clientId ?? ""}\u0000${username ?? ""}`;
}
