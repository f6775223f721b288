import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DIALECTS } from "../../protocol/dialect.ts";
import { type ClientAnswer, ClientRpc } from "./client-rpc.ts";
import type { ClientRpcHandlers } from "./handler.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers after the time of the calls here is over. */
const slow = (): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(1), 60_001));

function clientRpc(handlers: ClientRpcHandlers, dialect: "tb-v2" | "tempus" = "tb-v2") {
  const errors: string[] = [];
  const logger = pino({}, { write: (line) => void errors.push(line) });
  const rpc = new ClientRpc({ handlers, timeoutMs: 60_000, dialect: DIALECTS[dialect], logger });
  const answers: ClientAnswer[] = [];
  const forget = rpc.call({ device: "d", method: "m", params: { zone: 2 } }, (answer) => answers.push(answer));
  return { rpc, answers, errors, forget };
}

test.each([
  ["a value", () => 1, { kind: "reply", body: "1" }],
  ["null", () => null, { kind: "reply", body: "null" }],
  ["a promise", async () => ["x"], { kind: "reply", body: '["x"]' }],
  ["its params", (params: unknown) => params as never, { kind: "reply", body: '{"zone":2}' }],
  [
    "its caller",
    (_: unknown, { device, method }: { device: string; method: string }) => device + method,
    { body: '"dm"' },
  ],
] as const)("a handler answers with %s", async (_name, handler, expected) => {
  const { answers, rpc } = clientRpc({ m: handler as ClientRpcHandlers[string] });
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toMatchObject([expected]);
  expect([rpc.pending, vi.getTimerCount()]).toEqual([0, 0]);
});

const UNANSWERED: readonly (readonly [string, ClientRpcHandlers])[] = [
  ["no handler", {}],
  ["another method's handler", { other: () => 1 }],
  ["a handler without an answer", { m: () => undefined }],
  ["a handler that takes longer", { m: slow }],
];

test.each(UNANSWERED)("%s: a timeout after its time, once", async (_name, handlers) => {
  const { answers, rpc } = clientRpc(handlers);
  await vi.advanceTimersByTimeAsync(59_999);
  expect([answers, rpc.pending]).toEqual([[], 1]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(answers).toEqual([{ kind: "timeout", body: '{"error":"timeout"}' }]);
  expect(rpc.pending).toBe(0);
});

test.each([
  [
    "throws",
    () => {
      throw new Error("no such zone");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no such zone"))],
])("a handler that %s answers with its error, which is logged", async (_name, handler) => {
  const { answers, errors } = clientRpc({ m: handler });
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toEqual([{ kind: "reply", body: '{"error":"no such zone"}' }]);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain("no such zone");
});

test("a forgotten call is not answered and leaves no timer", async () => {
  const { answers, forget, rpc } = clientRpc({});
  forget();
  forget();
  await vi.advanceTimersByTimeAsync(70_000);
  expect([answers, rpc.pending]).toEqual([[], 0]);
});

test("closing forgets every call", async () => {
  const { answers, rpc } = clientRpc({});
  rpc.close();
  await vi.advanceTimersByTimeAsync(70_000);
  expect([answers, vi.getTimerCount()]).toEqual([[], 0]);
});

test("in Tempus a method that nobody reads is an error at once", async () => {
  const { answers } = clientRpc({}, "tempus");
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toEqual([{ kind: "no_rule", body: '{"error":"No rules that match current message!"}' }]);
});
