/** Who sends a request: the token in its headers, and what that says (contract 3.2, 3.3). */
import type { IncomingHttpHeaders } from "node:http";
import { PROBLEMS, type Problem } from "./errors.ts";
import type { Claims, Tokens } from "./tokens.ts";

const BEARER_LENGTH = "Bearer ".length;

const PROBLEM_OF = {
  malformed: PROBLEMS.wrongCredentials,
  expired: PROBLEMS.tokenExpired,
  ended: PROBLEMS.tokenExpired,
  wrong_scope: PROBLEMS.accessScope,
} as const;

/** The claims of the caller, or why there are none. */
export function identify(headers: IncomingHttpHeaders, tokens: Tokens): Claims | Problem {
  const own = headers["x-authorization"];
  const header = typeof own === "string" && own.trim() !== "" ? own : headers.authorization;
  if (header === undefined || header.trim() === "") return PROBLEMS.authenticationFailed;
  // Seven characters are cut off unseen, as the original did, so a bare token is a malformed one.
  const reading = tokens.readAccess(header.slice(BEARER_LENGTH));
  return reading.kind === "valid" ? reading.claims : PROBLEM_OF[reading.kind];
}

export function isProblem(value: object): value is Problem {
  return "errorCode" in value;
}
