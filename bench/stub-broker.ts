/**
 * The least of a broker, a process of its own, so that every kind of device meets the same and its cost is not the broker's: takes
 * anyone, grants any subscription, and on demand publishes RPC requests to its connections in turn and counts the replies.
 */
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { V1 } from "../protocol/topic.ts";
import { cutPackets } from "../simulator/session/mqtt-packet-stream.ts";
import { PACKET_TYPE } from "../simulator/session/mqtt-packet-type.ts";
import { writePublish } from "../simulator/session/mqtt-packet-writer.ts";

/** Calls to send, evenly, all at QoS 0. */
export interface StubCalls {
  readonly perSecond: number;
  readonly seconds: number;
}

export type StubMessage =
  | { readonly kind: "ready"; readonly port: number }
  /** The calls are over; `answered` is how many got a reply. */
  | { readonly kind: "called"; readonly answered: number };

const PERIOD_MS = 5;
/** Replies that are on their way when the last request has left. */
const TAIL_MS = 300;
/** More connections may be in the making than the default lets wait. */
const BACKLOG = 1_024;

const CONNACK = Buffer.from([PACKET_TYPE.connack << 4, 2, 0, 0]);
const PINGRESP = Buffer.from([PACKET_TYPE.pingresp << 4, 0]);

const subscribed = new Set<Socket>();
let answered = 0;
let lastRequest = 0;

const send = (message: StubMessage): void => void process.send?.(message);

function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  const receiver = {
    packet: (first: number, bytes: Buffer, start: number) => {
      const type = first >> 4;
      if (type === PACKET_TYPE.publish) answered++;
      else if (type === PACKET_TYPE.connect) socket.write(CONNACK);
      else if (type === PACKET_TYPE.pingreq) socket.write(PINGRESP);
      else if (type === PACKET_TYPE.subscribe) {
        // One filter, granted QoS 0.
        socket.write(Buffer.from([PACKET_TYPE.suback << 4, 3, bytes[start] as number, bytes[start + 1] as number, 0]));
        subscribed.add(socket);
      }
      return true;
    },
  };
  socket.on("data", (chunk) => {
    rest = cutPackets(rest, chunk, chunk.length, receiver);
  });
  // The bench kills its devices.
  socket.on("error", () => undefined);
  socket.once("close", () => subscribed.delete(socket));
}

async function call({ perSecond, seconds }: StubCalls): Promise<void> {
  answered = 0;
  const sockets = [...subscribed];
  const total = perSecond * seconds;
  const start = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - start) * perSecond) / 1_000);
    for (; sent < due; sent++) sockets[sent % sockets.length]?.write(request());
    await sleep(PERIOD_MS);
  }
  await sleep(TAIL_MS);
  send({ kind: "called", answered });
}

function request(): Buffer {
  const topic = V1.requestPrefix + ++lastRequest;
  const payload = `{"method":"echo","params":{"nonce":"bench-${lastRequest}"}}`;
  return writePublish(4, { topic, payload, qos: 0, packetId: 0 });
}

const server = createServer({ noDelay: true }, serve);
server.listen({ port: 0, host: "0.0.0.0", backlog: BACKLOG }, () => {
  send({ kind: "ready", port: (server.address() as { port: number }).port });
});
process.on("message", (calls: StubCalls) => void call(calls));
process.once("disconnect", () => process.exit());
