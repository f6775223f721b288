/**
 * Attributes of devices, as many as an SDK misses when there are none (contract 6.6): in memory, gone with the process. The server
 * is about RPC, so they have no time and no history, and server-side ones do not exist.
 */
import { compactJson, memberTexts } from "../rest/first-json.ts";

/** `client`: published by the device. `shared`: set over REST, for the device to read. */
export type AttributeScope = "client" | "shared";

/** The keys that are asked for; undefined: none of that scope. */
export type WantedKeys = { readonly [scope in AttributeScope]: readonly string[] | undefined };

/** What one device may have, both scopes together: keys, and bytes of keys and values. */
const MOST_KEYS = 1_000;
const MOST_BYTES = 65_536;
/** A longer text is not even read. */
const LONGEST_TEXT = 2 * MOST_BYTES;

/** Values are JSON text, so that numbers keep their digits. */
type Scopes = { readonly [scope in AttributeScope]: ReadonlyMap<string, string> };

const NONE: Scopes = { client: new Map(), shared: new Map() };

export class DeviceAttributes {
  readonly #ofDevice = new Map<string, Scopes>();

  /** Adds the members of `json`, the text of an object; false, and nothing is changed, when the device would have too much. */
  put(device: string, scope: AttributeScope, json: string): boolean {
    if (json.length > LONGEST_TEXT) return false;
    const before = this.#ofDevice.get(device) ?? NONE;
    const added = [...memberTexts(json)].map(([key, text]) => [key, compactJson(text)] as const);
    const scopes = { ...before, [scope]: new Map([...before[scope], ...added]) };
    if (!fits(scopes)) return false;
    this.#ofDevice.set(device, scopes);
    return true;
  }

  /** JSON text: what is there of the keys, by scope; a scope without any is left out. Whoever names no key gets all there is. */
  read(device: string, { client, shared }: WantedKeys): string {
    const scopes = this.#ofDevice.get(device) ?? NONE;
    const wantsAll = client === undefined && shared === undefined;
    const parts = [
      part("client", scopes.client, wantsAll ? [...scopes.client.keys()] : client),
      part("shared", scopes.shared, wantsAll ? [...scopes.shared.keys()] : shared),
    ];
    return `{${parts.filter((text) => text !== "").join(",")}}`;
  }

  /** The device is gone. */
  forget(device: string): void {
    this.#ofDevice.delete(device);
  }
}

/** Keys as a request has them, `a,b`; undefined when there are none. */
export function readKeys(text: unknown): readonly string[] | undefined {
  return typeof text === "string" && text !== "" ? text.split(",") : undefined;
}

function fits({ client, shared }: Scopes): boolean {
  if (client.size + shared.size > MOST_KEYS) return false;
  let bytes = 0;
  for (const [key, text] of [...client, ...shared]) bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
  return bytes <= MOST_BYTES;
}

function part(scope: AttributeScope, values: ReadonlyMap<string, string>, keys: readonly string[] = []): string {
  const found = [...new Set(keys)].filter((key) => values.has(key));
  const members = found.map((key) => `${JSON.stringify(key)}:${values.get(key)}`);
  return members.length === 0 ? "" : `"${scope}":{${members.join(",")}}`;
}
