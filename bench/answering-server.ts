/**
 * The target of the caller comparison, a process of its own: answers a POST after 20 ms, counts them, says when the first came,
 * and how late they came for an even schedule, which is the same measure for every caller.
 */
import { createServer } from "node:http";
import { type Lateness, latenessOf } from "./lateness.ts";

export type AnsweringMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "first" }
  | { readonly kind: "count"; readonly count: number }
  | ({ readonly kind: "lateness" } & Lateness);

export type AnsweringCommand = "count" | "reset" | { readonly latenessAt: number };

const ANSWER_AFTER_MS = 20;

let count = 0;
/** When each POST came, milliseconds. */
let arrivals: number[] = [];
const send = (message: AnsweringMessage): void => void process.send?.(message);

const server = createServer((request, response) => {
  request.resume();
  const answer = (): void => {
    response.setHeader("content-type", "application/json");
    response.end('{"answered":true}');
  };
  if (request.method !== "POST") {
    answer();
    return;
  }
  arrivals.push(performance.now());
  if (++count === 1) send({ kind: "first" });
  setTimeout(answer, ANSWER_AFTER_MS);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => send({ kind: "ready", port: (server.address() as { port: number }).port }));
process.on("message", (command: AnsweringCommand) => {
  if (command === "reset") {
    count = 0;
    arrivals = [];
  } else if (command === "count") send({ kind: "count", count });
  else send({ kind: "lateness", ...latenessOf(arrivals, command.latenessAt) });
});
process.once("disconnect", () => process.exit());
