/**
 * The device profiles that devices may provision themselves with, by their provision key (contract 12.4), in memory: whoever can
 * reach the server may ask. Read from the JSON that the profiles were saved with; every key belongs to one profile.
 */
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import { sameText } from "./same-text.ts";
import { ConflictError } from "./store.ts";

type ProvisionType = "ALLOW_CREATE_NEW_DEVICES" | "CHECK_PRE_PROVISIONED_DEVICES";

/** A profile that a key and its secret open. */
export interface ProvisionProfile {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly type: ProvisionType;
}

interface KeyedProfile extends Omit<ProvisionProfile, "type"> {
  readonly body: string | null;
}

interface Entry {
  readonly profile: Omit<ProvisionProfile, "type">;
  /** Undefined: no request is taken. */
  readonly allowed: { readonly type: ProvisionType; readonly secret: string } | undefined;
}

const keyed = z.object({ provisionDeviceKey: z.string().min(1) });
const open = z.object({
  provisionType: z.enum(["ALLOW_CREATE_NEW_DEVICES", "CHECK_PRE_PROVISIONED_DEVICES"]),
  profileData: z.object({ provisionConfiguration: z.object({ provisionDeviceSecret: z.string().min(1) }) }),
});

export class ProvisionKeys {
  readonly #ofKey = new Map<string, Entry>();
  readonly #keyOf = new Map<string, string>();

  /** The profile of this key, when the secret is its own and it takes requests. */
  find(key: string, secret: string): ProvisionProfile | undefined {
    const entry = this.#ofKey.get(key);
    if (entry?.allowed === undefined || !sameText(entry.allowed.secret, secret)) return undefined;
    return { ...entry.profile, type: entry.allowed.type };
  }

  /** Throws ConflictError when another profile has the key. */
  check({ id, body }: Pick<KeyedProfile, "id" | "body">): void {
    const key = readKey(body);
    const other = key === undefined ? undefined : this.#ofKey.get(key);
    if (other !== undefined && other.profile.id !== id) throw new ConflictError("provision_key");
  }

  /** A profile was made or changed. */
  put({ id, tenantId, name, body }: KeyedProfile): void {
    this.delete(id);
    const key = readKey(body);
    if (key === undefined) return;
    this.#ofKey.set(key, { profile: { id, tenantId, name }, allowed: readAllowed(body) });
    this.#keyOf.set(id, key);
  }

  delete(id: string): void {
    const key = this.#keyOf.get(id);
    if (key === undefined) return;
    this.#keyOf.delete(id);
    this.#ofKey.delete(key);
  }
}

function readAllowed(body: string | null): Entry["allowed"] {
  const { data } = open.safeParse(parseJson(body ?? ""));
  if (data === undefined) return undefined;
  return { type: data.provisionType, secret: data.profileData.provisionConfiguration.provisionDeviceSecret };
}

function readKey(body: string | null): string | undefined {
  return body === null ? undefined : keyed.safeParse(parseJson(body)).data?.provisionDeviceKey;
}
