/** The paths of the CoAP device API, `/api/v1/{token}/{feature}` (contract 10.1). */

const COAP_FEATURES = ["rpc", "telemetry", "attributes", "claim"] as const;
type CoapFeature = (typeof COAP_FEATURES)[number];

/** `elsewhere`: not of this API. `no_feature`: none, or one that does not exist. */
export type CoapPath =
  | { readonly kind: "elsewhere" }
  | { readonly kind: "no_feature" }
  | { readonly kind: "provision" }
  | {
      readonly kind: "feature";
      readonly feature: CoapFeature;
      /** Undefined when the path has none, as with a client certificate. */
      readonly token: string | undefined;
      /** The last part of `rpc/{id}`. */
      readonly id: string | undefined;
    };

export function readCoapPath(url: string): CoapPath {
  const [api, version, ...rest] = (url.split("?", 1)[0] as string).split("/").filter((part) => part !== "");
  if (api !== "api" || version !== "v1") return { kind: "elsewhere" };
  if (rest.length === 1 && rest[0] === "provision") return { kind: "provision" };
  // One part alone is a feature without a token before it.
  const [token, name, id] = rest.length === 1 ? [undefined, rest[0]] : rest;
  const feature = COAP_FEATURES.find((known) => known === name);
  return feature === undefined ? { kind: "no_feature" } : { kind: "feature", feature, token, id };
}
