/** Which device a CONNECT comes from, or why it comes from none (contract 6.1). */

/**
 * The first of `unknown_*` and `nothing_given` that fits, or `over_limit` of a known device; each MQTT version has its own codes for
 * them.
 */
export type Refusal = "unknown_user" | "unknown_client_id" | "nothing_given" | "unknown_certificate" | "over_limit";

interface GivenNames {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface GivenCredentials extends GivenNames {
  /** SHA3-256 of the client's certificate, when it has one. */
  readonly certificate: string | undefined;
}

/** What knows the devices' credentials. */
export interface CredentialsLookup {
  byAccessToken(token: string): string | undefined;
  /** `wrong_password`: the names fit, and no other credentials are to be tried. */
  byMqttBasic(given: GivenNames): { readonly device: string } | "wrong_password" | undefined;
  byCertificate(sha3: string): string | undefined;
}

/** A certificate decides alone. Otherwise the pair of client id and username comes before the username as a token. */
export function authenticate(
  lookup: CredentialsLookup,
  { clientId, username, password, certificate }: GivenCredentials,
): { readonly device: string } | { readonly refusal: Refusal } {
  if (certificate !== undefined) {
    const device = lookup.byCertificate(certificate);
    return device === undefined ? { refusal: "unknown_certificate" } : { device };
  }
  const basic = lookup.byMqttBasic({ clientId, username, password });
  if (basic === "wrong_password") return { refusal: "unknown_user" };
  if (basic !== undefined) return basic;
  const device = username === undefined ? undefined : lookup.byAccessToken(username);
  if (device !== undefined) return { device };
  if (username !== undefined || password !== undefined) return { refusal: "unknown_user" };
  return { refusal: clientId === "" ? "nothing_given" : "unknown_client_id" };
}
