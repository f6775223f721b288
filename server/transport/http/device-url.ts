/** The URLs of the HTTP device API, `/api/v1/{token}/...` (contract 9.1). */

const DEVICE_FEATURES = ["rpc", "telemetry", "attributes", "attributes/updates", "claim"] as const;
type DeviceFeature = (typeof DEVICE_FEATURES)[number];

export interface DeviceUrl {
  readonly token: string;
  readonly feature: DeviceFeature;
  /** The last part of `rpc/{id}`. */
  readonly id: string | undefined;
  /** Without its question mark. */
  readonly query: string;
}

const PREFIX = "/api/v1/";

/** Undefined for a URL of anything else. */
export function readDeviceUrl(url: string): DeviceUrl | undefined {
  if (!url.startsWith(PREFIX)) return undefined;
  const queryStart = url.indexOf("?");
  const path = queryStart < 0 ? url : url.slice(0, queryStart);
  const query = queryStart < 0 ? "" : url.slice(queryStart + 1);
  const [token, ...rest] = path.slice(PREFIX.length).split("/");
  if (!token) return undefined;
  if (rest[0] === "rpc" && rest.length === 2 && rest[1] !== "") {
    return { token: decoded(token), feature: "rpc", id: rest[1], query };
  }
  const feature = DEVICE_FEATURES.find((name) => name === rest.join("/"));
  return feature === undefined ? undefined : { token: decoded(token), feature, id: undefined, query };
}

/** The text as it was before it was written into a URL; as it is when it never was. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
