/**
 * Access and refresh tokens: real HS512 JWTs with the claims of contract 3.4, because clients decode them. Verified tokens are
 * cached, so that a signature is checked once a token and not once a call.
 */
import { randomUUID } from "node:crypto";
import { createSigner, createVerifier, TOKEN_ERROR_CODES } from "fast-jwt";
import { type Authority, type CustomerRow, NULL_UUID, type UserRow } from "../store/store.ts";
import type { EndedSession } from "../store/user-rows.ts";

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
  /** Seconds since the epoch, like `exp`. */
  readonly iat: number;
  readonly exp: number;
  /** Of a public customer (`sub` is its id), and not of a user. */
  readonly isPublic: boolean;
  readonly tenantId: string;
  readonly customerId: string;
}

/** Since when (epoch seconds) the tokens of an account count; undefined when none does. */
export type TokensFrom = (claims: Claims) => number | undefined;

/** Whom a token is for. */
type Holder = Pick<UserRow, "id" | "email" | "authority" | "tenantId" | "customerId" | "firstName" | "lastName"> & {
  readonly isPublic: boolean;
};

/** What a token turned out to be. `ended`: by a logout, a new password, or with its account. */
export type TokenReading =
  | { readonly kind: "valid"; readonly claims: Claims }
  | { readonly kind: "malformed" | "expired" | "wrong_scope" | "ended" };

const MALFORMED: TokenReading = { kind: "malformed" };
const EXPIRED: TokenReading = { kind: "expired" };
const ENDED: TokenReading = { kind: "ended" };

export class Tokens {
  readonly #sign: (claims: Record<string, unknown>) => string;
  readonly #verify: (token: string) => unknown;
  /** Claims of verified tokens, oldest first. fast-jwt's own cache hashes every token, which costs more than this look-up. */
  readonly #verified = new Map<string, Claims>();
  /** Until when each is remembered, oldest first. */
  readonly #endedSessions = new Map<string, number>();

  readonly #tokensFrom: TokensFrom;

  /** `ended`: logouts of earlier lives of the server. */
  constructor(secret: string, tokensFrom: TokensFrom, ended: readonly EndedSession[]) {
    this.#tokensFrom = tokensFrom;
    for (const { sessionId, untilS } of ended) this.#endedSessions.set(sessionId, untilS);
    this.#sign = createSigner({ key: secret, algorithm: "HS512" });
    this.#verify = createVerifier({
      key: secret,
      algorithms: ["HS512"],
    });
  }

  /** A new pair for a user, issued at `nowMs` (epoch milliseconds). */
  issue(user: UserRow, nowMs: number): TokenPair {
    return this.#issue({ ...user, isPublic: false }, nowMs);
  }

  /** A new pair for whoever looks at the devices of a public customer. */
  issuePublic({ id, tenantId }: CustomerRow, nowMs: number): TokenPair {
    const names = { firstName: null, lastName: null };
    const holder = { ...names, id: NULL_UUID, email: id, tenantId, customerId: id, isPublic: true };
    return this.#issue({ ...holder, authority: "CUSTOMER_USER" }, nowMs);
  }

  readAccess(token: string): TokenReading {
    return this.#read(token, false);
  }

  readRefresh(token: string): TokenReading {
    return this.#read(token, true);
  }

  /** Logout: both tokens of that login stop working. Gives what the next life of the server has to know. */
  endSession(sessionId: string, nowMs: number): EndedSession {
    const nowS = Math.floor(nowMs / 1_000);
    for (const [old, untilS] of this.#endedSessions) {
      if (untilS > nowS) break;
      this.#endedSessions.delete(old);
    }
    const ended = { sessionId, untilS: nowS + REFRESH_LIFETIME_S };
    this.#endedSessions.set(sessionId, ended.untilS);
    return ended;
  }

  /** An account was changed or deleted: its tokens are judged anew. `id`: of a user or a public customer. */
  forget(id: string): void {
    for (const [token, { userId, sub }] of this.#verified) {
      if (userId === id || sub === id) this.#verified.delete(token);
    }
  }

  #issue(holder: Holder, nowMs: number): TokenPair {
    const { isPublic } = holder;
    const iat = Math.floor(nowMs / 1_000);
    const common = {
      sub: holder.email,
      userId: holder.id,
      sessionId: randomUUID(),
      iss: "thingsboard.io",
      iat,
      isPublic,
    };
    const token = this.#sign({
      ...common,
      scopes: [holder.authority],
      exp: iat + ACCESS_LIFETIME_S,
      firstName: holder.firstName,
      lastName: holder.lastName,
      enabled: true,
      tenantId: holder.tenantId,
      customerId: holder.customerId,
    });
    const refreshToken = this.#sign({
      ...common,
      scopes: [REFRESH_SCOPE],
      exp: iat + REFRESH_LIFETIME_S,
      jti: randomUUID(),
    });
    return { token, refreshToken };
  }

  #read(token: string, refresh: boolean): TokenReading {
    let claims: Claims | undefined;
    try {
      claims = this.#claimsOf(token);
    } catch (error) {
      const { code } = error as { code?: string };
      // A wrong key is reported like an old token (contract 3.2).
      const expired = code === TOKEN_ERROR_CODES.expired || code === TOKEN_ERROR_CODES.invalidSignature;
      return expired ? EXPIRED : MALFORMED;
    }
    if (claims === undefined) return ENDED;
    if ((claims.scopes?.[0] === REFRESH_SCOPE) !== refresh) return { kind: "wrong_scope" };
    if (this.#endedSessions.size > 0 && this.#endedSessions.has(claims.sessionId)) return ENDED;
    return { kind: "valid", claims };
  }

  /** Undefined when its account ended it. Throws fast-jwt's TokenError. */
  #claimsOf(token: string): Claims | undefined {
    const known = this.#verified.get(token);
    if (known !== undefined && known.exp * 1_000 > Date.now()) return known;
    const claims = this.#verify(token) as Claims;
    const from = this.#tokensFrom(claims);
    if (from === undefined || claims.iat < from) return undefined;
    if (this.#verified.size >= CACHED_TOKENS) this.#verified.clear();
    this.#verified.set(token, claims);
    return claims;
  }
}
