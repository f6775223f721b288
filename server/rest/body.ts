/** Typed request bodies: read with a schema, every problem named. */
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { parseJson } from "../../protocol/message.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";

/** `{"entityType":…,"id":…}` as clients write it. */
export const entityId = z.object({ id: z.string() }).nullish();

/** The body of a request. Throws ApiError: 415 for another media type, 400 for what does not fit. */
export function readBody<T extends z.ZodType>(request: FastifyRequest, schema: T): z.output<T> {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) throw new ApiError(PROBLEMS.unsupportedMediaType);
  const json = parseJson(bodyText(request));
  if (json === undefined) throw new ApiError(PROBLEMS.invalidBody);
  return readValue(json, schema);
}

/** A body or a query that has been parsed already. Throws ApiError (400). */
export function readValue<T extends z.ZodType>(value: unknown, schema: T): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  throw new ApiError(withMessage(PROBLEMS.invalidBody, problems.join("; ")));
}

/** The request's body as it came. */
export function bodyText(request: FastifyRequest): string {
  return typeof request.body === "string" ? request.body : "";
}
