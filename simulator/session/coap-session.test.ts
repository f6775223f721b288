/** A CoAP device against the package `coap` as its server, which knows nothing of our messages. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ObserveWriteStream, type Server } from "coap";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectSettings } from "../fleet/connect-settings.ts";
import { CoapEndpoint } from "./coap-endpoint.ts";
import { readMessage } from "./coap-message.ts";
import { CoapSession } from "./coap-session.ts";

const SETTINGS = connectSettings({ keepSession: false, keepAliveS: 60, pingFactor: 0.5, qos: 1 });

interface Peer {
  readonly port: number;
  readonly observers: ObserveWriteStream[];
  readonly posts: string[];
  /** Datagrams that came from the devices. */
  readonly heard: Buffer[];
}

async function startPeer(refuse = false): Promise<Peer> {
  const server: Server = createServer();
  const observers: ObserveWriteStream[] = [];
  const posts: string[] = [];
  const heard: Buffer[] = [];
  server.on("request", (request: IncomingMessage, response: ObserveWriteStream) => {
    response.on("error", () => undefined);
    if (refuse) {
      response.statusCode = "4.01";
      response.end();
    } else if (request.method === "GET") {
      response.statusCode = "2.03";
      response.setOption("Observe", 0);
      response._doSend();
      response.statusCode = "2.05";
      observers.push(response);
    } else {
      posts.push(`${request.url} ${request.payload}`);
      response.statusCode = "2.01";
      response.end();
    }
  });
  const socket: Socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.on("message", (bytes) => heard.push(bytes));
  server.listen(socket);
  onTestFinished(() => {
    server.close();
    socket.close();
  });
  return { port: socket.address().port, observers, posts, heard };
}

function device(port: number) {
  const endpoint = new CoapEndpoint("127.0.0.1", port);
  onTestFinished(() => endpoint.close());
  const told: string[] = [];
  const deliveries: (number | undefined)[] = [];
  const session = new CoapSession(
    { endpoint, token: "A B" },
    {
      connected: () => told.push("connected"),
      ready: () => told.push("ready"),
      request: (id, payload, delivery) => {
        told.push(`request ${id} ${payload}`);
        deliveries.push(delivery);
      },
      answer: (id, payload) => told.push(`answer ${id} ${payload}`),
      closed: (reason) => told.push(`closed ${reason}`),
    },
  );
  return { endpoint, session, told, deliveries };
}

const COMMAND = '{"id":3,"method":"m","params":{}}';

describe("a CoAP device", () => {
  it("observes its requests, acknowledges when it is told to, and replies", async () => {
    const peer = await startPeer();
    const { session, told, deliveries } = device(peer.port);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(told).toEqual(["connected", "ready"]));
    peer.observers[0]?.write(COMMAND);
    await vi.waitFor(() => expect(told.at(-1)).toBe(`request 3 ${COMMAND}`));
    const [delivery] = deliveries as [number];
    const acknowledgements = () => peer.heard.map(readMessage).filter((message) => message?.type === 2);
    expect(acknowledgements()).toEqual([]);
    session.acknowledge(delivery);
    await vi.waitFor(() => expect(acknowledgements()).toMatchObject([{ messageId: delivery }]));
    const address = undefined;
    expect(session.reply({ requestId: 3, payload: '{"ok":true}', address, wire: undefined })).toBe(true);
    await vi.waitFor(() => expect(peer.posts).toEqual(['/api/v1/A B/rpc/3 {"ok":true}']));
  });

  it("is told once of a request that comes three times, and acknowledges each time once it has", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    const { session, told, deliveries } = device(socket.address().port);
    session.connect(SETTINGS);
    const [get, { port }] = (await once(socket, "message")) as [Buffer, { port: number }];
    const token = get.subarray(4, 8);
    const heard: Buffer[] = [];
    socket.on("message", (bytes) => heard.push(bytes));
    // ACK 2.03 with Observe 0, then a confirmable 2.05 with Observe 1 and message id 0x1234.
    socket.send(
      Buffer.concat([Buffer.of(0x64, 0x43, get[2] as number, get[3] as number), token, Buffer.of(0x60)]),
      port,
    );
    const head = Buffer.concat([Buffer.of(0x44, 0x45, 0x12, 0x34), token, Buffer.of(0x61, 0x01, 0xff)]);
    const command = Buffer.concat([head, Buffer.from(COMMAND)]);
    socket.send(command, port);
    socket.send(command, port);
    await vi.waitFor(() => expect(deliveries).toEqual([0x1234]));
    session.acknowledge(0x1234);
    await vi.waitFor(() => expect(heard).toEqual([Buffer.of(0x60, 0, 0x12, 0x34)]));
    socket.send(command, port);
    await vi.waitFor(() => expect(heard.length).toBe(2));
    expect(told).toEqual(["connected", "ready", `request 3 ${COMMAND}`]);
  });

  it("rejects what still comes for it when it is gone without a word", async () => {
    const peer = await startPeer();
    const { session, told } = device(peer.port);
    session.connect(SETTINGS);
    await vi.waitFor(() => expect(told.at(-1)).toBe("ready"));
    session.end("vanish");
    expect(told.at(-1)).toBe("closed vanished");
    peer.observers[0]?.write(COMMAND);
    await vi.waitFor(() => expect(peer.heard.map(readMessage).at(-1)).toMatchObject({ type: 3 }));
  });

  it("is refused, or finds nobody, and says why", async () => {
    const refusing = await startPeer(true);
    const refused = device(refusing.port);
    refused.session.connect(SETTINGS);
    await vi.waitFor(() => expect(refused.told).toEqual(["closed refused: 4.01"]));
    const free = createSocket("udp4");
    free.bind(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address();
    free.close();
    const alone = device(port);
    alone.session.connect(SETTINGS);
    await vi.waitFor(() => expect(alone.told).toEqual(["closed ECONNREFUSED"]));
  });
});
