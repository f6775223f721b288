/** The query of a device list (contract 12.1). */
import { z } from "zod";
import { DEVICE_SORT_PROPERTIES, type DevicePageQuery } from "../store/store.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";

const LARGEST_PAGE = 10_000;

const schema = z.object({
  pageSize: z.coerce.number().int().min(1, "Incorrect page size, must be positive").max(LARGEST_PAGE),
  page: z.coerce.number().int().min(0, "Incorrect page, must not be negative"),
  type: z.string().optional(),
  textSearch: z.string().optional(),
  sortProperty: z.enum(DEVICE_SORT_PROPERTIES).default("createdTime"),
  sortOrder: z.enum(["ASC", "DESC"]).default("DESC"),
});

/** Reads the query of one page. Throws ApiError (400) naming every problem. */
export function readDeviceQuery(query: Record<string, string>, tenantId: string): DevicePageQuery {
  const parsed = schema.safeParse(query);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ApiError(withMessage(PROBLEMS.invalidBody, problems.join("; ")));
  }
  const { pageSize, page, type, textSearch, sortProperty, sortOrder } = parsed.data;
  return {
    tenantId,
    pageSize,
    page,
    type: type || undefined,
    textSearch: textSearch || undefined,
    sortProperty,
    descending: sortOrder === "DESC",
  };
}
