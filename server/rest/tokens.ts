/**
 * Access and refresh tokens: real HS512 JWTs with the claims of contract 3.4, because clients decode them. Verified tokens are
 * cached, so that a signature is checked once a token and not once a call.
 */
import { randomUUID } from "node:crypto";
import { createSigner, createVerifier, TOKEN_ERROR_CODES } from "fast-jwt";
import type { Authority, UserRow } from "../store/store.ts";

const ACCESS_LIFETIME_S = 9_000;
const REFRESH_LIFETIME_S = 604_800;
const REFRESH_SCOPE = "REFRESH_TOKEN";
const CACHED_TOKENS = 10_000;

export interface TokenPair {
  readonly token: string;
  readonly refreshToken: string;
}

export interface Claims {
  readonly sub: string;
  readonly userId: string;
  readonly scopes: readonly [Authority | typeof REFRESH_SCOPE];
  readonly sessionId: string;
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly tenantId: string;
  readonly customerId: string;
}

/** What a token turned out to be. `ended`: its login was logged out. */
export type TokenReading =
  | { readonly kind: "valid"; readonly claims: Claims }
  | { readonly kind: "malformed" | "expired" | "wrong_scope" | "ended" };

const MALFORMED: TokenReading = { kind: "malformed" };
const EXPIRED: TokenReading = { kind: "expired" };

export class Tokens {
  readonly #sign: (claims: Record<string, unknown>) => string;
  readonly #verify: (token: string) => unknown;
  /** Claims of verified tokens, oldest first. fast-jwt's own cache hashes every token, which costs more than this look-up. */
  readonly #verified = new Map<string, Claims>();
  readonly #endedSessions = new Set<string>();

  constructor(secret: string) {
    this.#sign = createSigner({ key: secret, algorithm: "HS512" });
    this.#verify = createVerifier({
      key: secret,
      algorithms: ["HS512"],
    });
  }

  /** A new pair for a user, issued at `nowMs` (epoch milliseconds). */
  issue(user: UserRow, nowMs: number): TokenPair {
    const iat = Math.floor(nowMs / 1_000);
    const common = { sub: user.email, userId: user.id, sessionId: randomUUID(), iss: "thingsboard.io", iat };
    const token = this.#sign({
      ...common,
      scopes: [user.authority],
      exp: iat + ACCESS_LIFETIME_S,
      firstName: user.firstName,
      lastName: user.lastName,
      enabled: true,
      isPublic: false,
      tenantId: user.tenantId,
      customerId: user.customerId,
    });
    const refreshToken = this.#sign({
      ...common,
      scopes: [REFRESH_SCOPE],
      exp: iat + REFRESH_LIFETIME_S,
      isPublic: false,
      jti: randomUUID(),
    });
    return { token, refreshToken };
  }

  readAccess(token: string): TokenReading {
    return this.#read(token, false);
  }

  readRefresh(token: string): TokenReading {
    return this.#read(token, true);
  }

  /** Logout: both tokens of that login stop working until this process ends. */
  endSession(sessionId: string): void {
    this.#endedSessions.add(sessionId);
  }

  #read(token: string, refresh: boolean): TokenReading {
    let claims: Claims;
    try {
      claims = this.#claimsOf(token);
    } catch (error) {
      const { code } = error as { code?: string };
      // A wrong key is reported like an old token (contract 3.2).
      const expired = code === TOKEN_ERROR_CODES.expired || code === TOKEN_ERROR_CODES.invalidSignature;
      return expired ? EXPIRED : MALFORMED;
    }
    if ((claims.scopes?.[0] === REFRESH_SCOPE) !== refresh) return { kind: "wrong_scope" };
    if (this.#endedSessions.size > 0 && this.#endedSessions.has(claims.sessionId)) return { kind: "ended" };
    return { kind: "valid", claims };
  }

  /** Throws fast-jwt's TokenError. */
  #claimsOf(token: string): Claims {
    const known = this.#verified.get(token);
    if (known !== undefined && known.exp * 1_000 > Date.now()) return known;
    const claims = this.#verify(token) as Claims;
    if (this.#verified.size >= CACHED_TOKENS) this.#verified.clear();
    this.#verified.set(token, claims);
    return claims;
  }
}
