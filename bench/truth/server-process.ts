/**
 * The pathological server, a process of its own: HTTP/1.1 on raw sockets, as little as the callers need of it, and answers that
 * leave at the instant the model says, by the same alarm that the fleet has.
 */
import { createServer, type Socket } from "node:net";
import { createLedgerColumns, growColumns, type LedgerColumns } from "../../protocol/call-records.ts";
import { DeadlineHeap, type Scheduled } from "../../protocol/deadline-heap.ts";
import type { Instant } from "../../protocol/time.ts";
import { Alarm } from "../../simulator/alarm.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import { MODELS, type PathologyName, type ServerModel } from "./pathology.ts";

export type ServerCommand =
  | { readonly kind: "model"; readonly name: PathologyName }
  | { readonly kind: "origin"; readonly origin: Instant }
  | { readonly kind: "report" };

export type ServerMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "reset" }
  | { readonly kind: "report"; readonly ledger: LedgerColumns; readonly late: number };

interface Due extends Scheduled {
  readonly socket: Socket;
  readonly text: string;
  readonly row: number;
}

interface Arrived {
  readonly socket: Socket;
  readonly call: number;
  readonly at: Instant;
}

const SPIN_US = 150;

const due = new DeadlineHeap<Due>();
const alarm = new Alarm(release);
let model: ServerModel = MODELS.healthy();
let origin: Instant | undefined;
/** Arrived before this process was told when the run began. */
let early: Arrived[] = [];
let ledger = createLedgerColumns(1_024);
let late = 0;

function release(): void {
  for (let entry = due.first; entry !== undefined; entry = due.first) {
    const deadline = due.firstDeadline as Instant;
    let now = monotonicNow();
    if (deadline - now > SPIN_US) break;
    while (now < deadline) now = monotonicNow();
    due.remove(entry);
    if (entry.row >= 0) ledger.repliedUs[entry.row] = now - (origin as Instant);
    entry.socket.write(entry.text);
  }
  if (due.firstDeadline !== undefined) alarm.set(due.firstDeadline);
}

function answer({ socket, call, at }: Arrived, begin: Instant): void {
  const { at: settles, status, late: isLate } = model(call, at - begin);
  const body = status === 200 ? `{"nonce":"truth-${call}"}` : "";
  const text = `HTTP/1.1 ${status} \r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  ledger = growColumns(ledger, ledger.length + 1);
  const row = ledger.length++;
  ledger.call[row] = call;
  ledger.receivedUs[row] = at - begin;
  // A device that answers too late, or never, is no measure of how well this process keeps its times.
  ledger.programmedUs[row] = status === 200 ? settles - (at - begin) : Number.NaN;
  if (isLate) late++;
  due.add({ heapIndex: -1, socket, text, row: status === 200 ? row : -1 }, begin + settles);
  release();
}

/** One request after the other on a connection, each complete in what was received so far or not yet. */
function serve(socket: Socket): void {
  let received = "";
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    const at = monotonicNow();
    received += chunk.toString("latin1");
    const headEnd = received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < headEnd + 4 + length) return;
    const nonce = /"nonce":"truth-(\d+)"/.exec(received);
    received = "";
    if (nonce === null) socket.write("HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\n{}");
    else if (origin === undefined) early.push({ socket, call: Number(nonce[1]), at });
    else answer({ socket, call: Number(nonce[1]), at }, origin);
  });
}

const send = (message: ServerMessage): void => void process.send?.(message);

function begin(at: Instant): void {
  origin = at;
  for (const arrived of early) answer(arrived, at);
  early = [];
}

process.on("message", (command: ServerCommand) => {
  if (command.kind === "origin") begin(command.origin);
  else if (command.kind === "report") send({ kind: "report", ledger, late });
  else {
    model = MODELS[command.name]();
    origin = undefined;
    ledger = createLedgerColumns(1_024);
    late = 0;
    send({ kind: "reset" });
  }
});
process.once("disconnect", () => process.exit());

await alarm.ready;
const server = createServer(serve);
server.listen(0, "127.0.0.1", () => send({ kind: "ready", port: (server.address() as { port: number }).port }));
