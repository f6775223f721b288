/** Pages of a list, as ThingsBoard asks for and answers them, and as Tempus does (contract 12.1, 12.3). */
import { z } from "zod";
import type { Page, PageQuery } from "../store/store.ts";
import { readValue } from "./body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";

const LARGEST_PAGE = 10_000;

const size = z.coerce.number().int().min(1, "Incorrect page size, must be positive").max(LARGEST_PAGE);
const number = z.coerce.number().int().min(0, "Incorrect page, must not be negative").max(Number.MAX_SAFE_INTEGER);

/** What a list's query may hold; lists add their filters. */
export const pageQuery = z.object({
  pageSize: size,
  page: number,
  textSearch: z.string().optional(),
  sortProperty: z.string().default("createdTime"),
  sortOrder: z.enum(["ASC", "DESC"]).default("DESC"),
});

/** Tempus: `limit` and `pageNum` (from 0). */
const oldQuery = z.object({ limit: size, pageNum: number.default(0), textSearch: z.string().optional() });

/** A page that was asked for; `old` is answered in the form of Tempus. */
export interface WantedPage extends PageQuery {
  readonly old: boolean;
}

export interface PageRules {
  readonly columns: readonly string[];
  /** Whether `limit` is heard. */
  readonly oldPaging: boolean;
}

/** Reads the query of one page. Throws ApiError (400) naming every problem. */
export function readPage(query: Record<string, string>, { columns, oldPaging }: PageRules): WantedPage {
  if (oldPaging && query.limit !== undefined) {
    const { limit, pageNum, textSearch } = readValue(query, oldQuery);
    return {
      pageSize: limit,
      page: pageNum,
      textSearch: textSearch || undefined,
      sortProperty: "createdTime",
      descending: true,
      old: true,
    };
  }
  const { pageSize, page, textSearch, sortProperty, sortOrder } = readValue(query, pageQuery);
  if (!columns.includes(sortProperty)) {
    const message = `sortProperty: must be one of ${columns.join(", ")}`;
    throw new ApiError(withMessage(PROBLEMS.invalidBody, message));
  }
  const descending = sortOrder === "DESC";
  return { pageSize, page, textSearch: textSearch || undefined, sortProperty, descending, old: false };
}

/** The page object. */
export function pageJson<T>({ rows, total }: Page<T>, wanted: WantedPage, json: (row: T) => unknown): unknown {
  const { page, pageSize, old } = wanted;
  const totalPages = Math.ceil(total / pageSize);
  const answer = { data: rows.map(json), totalPages, totalElements: total, hasNext: page + 1 < totalPages };
  return old ? { ...answer, page, hasPrevious: page > 0 } : answer;
}
