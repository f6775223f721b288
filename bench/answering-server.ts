/** The target of the caller comparison, a process of its own: answers a POST after 20 ms, counts them, and says when the first came. */
import { createServer } from "node:http";

export type AnsweringMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "first" }
  | { readonly kind: "count"; readonly count: number };

const ANSWER_AFTER_MS = 20;

let count = 0;
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
  if (++count === 1) send({ kind: "first" });
  setTimeout(answer, ANSWER_AFTER_MS);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => send({ kind: "ready", port: (server.address() as { port: number }).port }));
process.on("message", (text: "count" | "reset") => {
  if (text === "reset") count = 0;
  else send({ kind: "count", count });
});
process.once("disconnect", () => process.exit());
