/** A request to a device as HTTP, CoAP and gateways carry it: with its id in the text (contract 6.4). */
import type { DeliverEffect } from "../driver.ts";

/** `params` is JSON text already and keeps its digits. */
export function encodeCommand({
  requestId,
  method,
  params,
}: Pick<DeliverEffect, "requestId" | "method" | "params">): string {
  return `{"id":${requestId},"method":${JSON.stringify(method)},"params":${params}}`;
}
