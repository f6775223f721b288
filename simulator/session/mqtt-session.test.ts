/** Sessions on real sockets against a server that sends what the test says, byte by byte. */
import { createServer, type Server, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MqttSession } from "./mqtt-session.ts";
import type { SessionListener } from "./session.ts";

const SETTINGS = {
  delay: 0,
  token: undefined,
  clientId: undefined,
  handshake: 0,
  subscribeAfter: 0,
  filters: undefined,
  ignoresRefusal: false,
  keepSession: false,
  keepAliveS: 60,
  pingFactor: 0.5,
  qos: 1,
  firstPacketId: 1,
  reach: "server",
  patience: 10_000_000,
  closeAfter: 0,
} as const;

const CONNACK = generate({ cmd: "connack", returnCode: 0, sessionPresent: false });
const SUBACK = generate({ cmd: "suback", messageId: 1, granted: [1] });

/** The server's end of one connection. */
class Peer {
  readonly packets: Packet[] = [];
  readonly chunks: Buffer[] = [];
  readonly socket: Socket;
  closed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const decoder = parser({ protocolVersion: 4 });
    decoder.on("packet", (packet) => this.packets.push(packet));
    socket.on("data", (chunk) => {
      this.chunks.push(chunk);
      decoder.parse(chunk);
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

let server: Server;
let arrivals: ((peer: Peer) => void)[];

beforeEach(async () => {
  arrivals = [];
  server = createServer({ noDelay: true }, (socket) => arrivals.shift()?.(new Peer(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  server.close();
});

function request(id: number, payload: string, qos: 0 | 1 = 0): Buffer {
  const topic = `v1/devices/me/rpc/request/${id}`;
  return generate({ cmd: "publish", topic, payload, qos, messageId: 9, dup: false, retain: false });
}

function replyTo(requestId: number) {
  return { requestId, payload: "{}", address: undefined, wire: undefined };
}

/** A subscribed session with what it heard. */
async function subscribed(onRequest?: (session: MqttSession, id: number) => void) {
  const heard: string[] = [];
  let ended: (reason: string) => void = () => undefined;
  const closed = new Promise<string>((resolve) => {
    ended = resolve;
  });
  let told: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    told = resolve;
  });
  const listener: SessionListener = {
    connected: () => undefined,
    ready: told,
    request: (id, payload, delivery) => {
      heard.push(`${id} ${payload}`);
      if (delivery !== undefined) session.acknowledge(delivery);
      onRequest?.(session, id);
    },
    answer: (id, payload) => heard.push(`answer ${id} ${payload}`),
    closed: ended,
  };
  const { port } = server.address() as { port: number };
  const identify = () => ({ clientId: "d", token: "t" });
  const session = new MqttSession({ host: "127.0.0.1", port, identify, clientCalls: false }, listener);
  const arrival = new Promise<Peer>((resolve) => arrivals.push(resolve));
  session.connect(SETTINGS);
  const peer = await arrival;
  await peer.until(() => peer.packets.length === 1);
  peer.socket.write(CONNACK);
  await peer.until(() => peer.packets.length === 2);
  peer.socket.write(SUBACK);
  await ready;
  peer.chunks.length = 0;
  return { session, peer, heard, closed };
}

/** Writes the pieces so that each is read on its own. */
async function inPieces(peer: Peer, ...pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    peer.socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("sessions of one thread", () => {
  it("share the buffer they read into without mixing their bytes", async () => {
    const [one, two] = [await subscribed(), await subscribed()];
    const first = request(1, '{"method":"one"}');
    const second = request(2, '{"method":"two"}');
    await inPieces(one.peer, first.subarray(0, 9));
    await inPieces(two.peer, second.subarray(0, 30));
    await inPieces(one.peer, first.subarray(9));
    await inPieces(two.peer, second.subarray(30));
    expect([one.heard, two.heard]).toEqual([['1 {"method":"one"}'], ['2 {"method":"two"}']]);
    one.session.end("disconnect");
    two.session.end("disconnect");
  });

  it("are not ended by what is wrong with another", async () => {
    const [one, two] = [await subscribed(), await subscribed()];
    one.peer.socket.write(Buffer.concat([request(1, "a"), Buffer.from([0x36, 0x02, 0, 0]), request(2, "b")]));
    expect(await one.closed).toBe("malformed packet: QoS 3 (MQTT-3.3.1-4)");
    expect(one.heard).toEqual(["1 a"]);
    await inPieces(two.peer, request(3, "c"));
    expect(two.heard).toEqual(["3 c"]);
    two.session.end("disconnect");
    expect(await two.closed).toBe("ended by the device");
  });
});

describe("a request of QoS 1", () => {
  it("is acknowledged first, and a reply that is ready leaves in the same piece", async () => {
    const { session, peer } = await subscribed((one, id) => one.reply(replyTo(id)));
    peer.socket.write(request(5, "{}", 1));
    await peer.until(() => peer.packets.length === 4);
    expect(peer.packets.slice(2).map(({ cmd }) => cmd)).toEqual(["puback", "publish"]);
    expect(peer.chunks).toHaveLength(1);
    session.end("disconnect");
  });

  it("is acknowledged also by a device that dies of it, and what follows is not read", async () => {
    const { peer, heard, closed } = await subscribed((one) => one.end("reset"));
    peer.socket.write(Buffer.concat([request(5, "{}", 1), request(6, "{}", 1)]));
    expect(await closed).toBe("ended by the device");
    await peer.until(() => peer.closed);
    expect(peer.packets.slice(2)).toMatchObject([{ cmd: "puback", messageId: 9 }]);
    expect(heard).toEqual(["5 {}"]);
  });
});

describe("the end of a connection", () => {
  it("by the server is told once, and a reply has nothing to carry it", async () => {
    const { session, peer, closed } = await subscribed();
    peer.socket.end();
    expect(await closed).toBe("closed by the server");
    expect(session.reply(replyTo(1))).toBe(false);
  });

  it("by a reset has its error's code", async () => {
    const { peer, closed } = await subscribed();
    peer.socket.resetAndDestroy();
    expect(await closed).toBe("ECONNRESET");
  });
});
