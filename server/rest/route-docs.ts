/**
 * What the OpenAPI document says of a route. Bodies and queries are described from the schema that reads them, so the two agree;
 * Fastify itself validates nothing by these.
 */
import type { FastifySchema } from "fastify";
import { z } from "zod";

export interface RouteDocs {
  readonly tag: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** A body that works. */
  readonly example?: unknown;
  /** What a success answers; absent: nothing. */
  readonly answer?: unknown;
  /** The statuses of refusals beside 401 and 429. */
  readonly refusals?: readonly number[];
  /** Whether it is used without a token. */
  readonly open?: boolean;
}

const MEANINGS: { readonly [status: number]: string } = {
  400: "The path, the query or the body does not fit.",
  401: "No token, or one that does not count (any more).",
  403: "The caller's role or customer may not do this.",
  404: "Nothing of that id, or another tenant's.",
  429: "Too many requests of the tenant or customer.",
  500: "The request ended in a failure.",
};

const NAMES: { readonly [status: number]: string } = {
  400: "Invalid request body",
  401: "Authentication failed",
  403: "You don't have permission to perform this operation!",
  404: "Requested item wasn't found!",
  429: "Too many requests for current tenant!",
  500: "Internal server error",
};

const CODES: { readonly [status: number]: number } = { 400: 31, 401: 10, 403: 20, 404: 32, 429: 33, 500: 2 };

/** The schema to give to Fastify. */
export function docs(route: RouteDocs): FastifySchema {
  const refusals = [...(route.refusals ?? [400]), ...(route.open === true ? [401] : [401, 403, 429])];
  const response: Record<number, unknown> = { 200: success(route.answer) };
  for (const status of [...new Set(refusals)].sort()) response[status] = refusal(status);
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.open === true ? { security: [] } : {}),
    ...(route.query === undefined ? {} : { querystring: jsonSchema(route.query) }),
    ...(route.body === undefined ? {} : { body: { ...jsonSchema(route.body), ...exampled(route.example) } }),
    response,
  };
}

function success(answer: unknown): unknown {
  if (answer === undefined) return { description: "Done; the body is empty.", type: "null" };
  const schema = typeof answer === "string" ? { type: "string" } : { type: Array.isArray(answer) ? "array" : "object" };
  const media = typeof answer === "string" ? "text/plain" : "application/json";
  return { description: "Done.", content: { [media]: { schema, example: answer } } };
}

/** An error as contract 4.6 has it. */
export function refusal(status: number): Record<string, unknown> {
  const example = { status, message: NAMES[status], errorCode: CODES[status], timestamp: 1767225600123 };
  return {
    description: MEANINGS[status],
    content: { "application/json": { schema: { type: "object" }, example } },
  };
}

function exampled(example: unknown): Record<string, unknown> {
  return example === undefined ? {} : { examples: [example] };
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    target: "openapi-3.0",
  }) as Record<string, unknown>;
  return rest;
}
