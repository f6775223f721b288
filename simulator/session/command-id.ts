/** The id in a command of the HTTP and CoAP device APIs, `{"id":3,"method":"openValve","params":{}}` (contract 9.1, 10.1). */
import { parseJson } from "../../protocol/message.ts";

/** As the servers write it, with the id first. */
const FIRST_MEMBER = /^\{"id":(-?\d{1,10})[,}]/;

/** Undefined when there is none. */
export function commandId(payload: string): number | undefined {
  const match = FIRST_MEMBER.exec(payload);
  if (match !== null) return Number(match[1]);
  const value = parseJson(payload);
  if (typeof value !== "object" || value === null || !("id" in value)) return undefined;
  const { id } = value as { readonly id: unknown };
  return typeof id === "number" ? id : undefined;
}
