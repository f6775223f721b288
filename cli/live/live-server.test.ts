/** The page over real sockets, as a browser and as somebody with other intentions would ask for it. */
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import type { LiveFigures } from "../../reports/live/live-figures.ts";
import { liveFigures, told } from "../../reports/live/live-fixture.ts";
import { SetUpError } from "../errors.ts";
import { LiveServer } from "./live-server.ts";

async function start(figures: LiveFigures): Promise<LiveServer> {
  const server = await LiveServer.start(0, figures);
  onTestFinished(() => server.close());
  server.send(figures.frame(3 * SECOND));
  return server;
}

interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads /events; `next` resolves with the first event that fits, and never when the stream has ended. */
async function listen(url: string) {
  const response = await fetch(`${url}events`);
  const heard: ServerSentEvent[] = [];
  let hear = (): void => undefined;
  const over = (async () => {
    let rest = "";
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + Buffer.from(bytes).toString()).split("\n\n");
      rest = blocks.pop() as string;
      for (const block of blocks) {
        const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        heard.push({ event, data: JSON.parse(data) });
      }
      hear();
    }
  })();
  const until = async (count: number): Promise<ServerSentEvent[]> => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        hear = resolve;
      });
    }
    return heard;
  };
  return { response, heard, over, until };
}

function ask(url: string, options: { method?: string; path?: string; host?: string }): Promise<[number, string]> {
  const { method = "GET", path = "/", host } = options;
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request(url, { method, path, headers }, (response) => {
      let body = "";
      response.on("data", (bytes) => {
        body += bytes;
      });
      response.on("end", () => resolve([response.statusCode as number, body]));
    });
    asked.once("error", reject).end();
  });
}

describe("the live page", () => {
  it("has the figures in it for a reader without scripts, and loads nothing from anywhere", async () => {
    const figures = liveFigures(3, 50);
    const server = await start(figures);
    const response = await fetch(server.url);
    const page = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page).toContain('<td class="num" id="rate-ended">200/s</td>');
    expect(page).toContain('<td class="num" id="overall-p99">');
    expect(page).toContain('<td class="num" id="outcome-timeout">60 (10 %)</td>');
    expect(page).toContain('<noscript><meta http-equiv="refresh" content="2"></noscript>');
    expect(page.match(/(src|href|url\()\s*=?\s*["']?(?!#)[a-z/]/gi)).toBeNull();
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-[\w+/]+='; connect-src 'self'/,
    );
  });

  it("shows a name as it is written", async () => {
    const server = await start(liveFigures(1, 5, { scenario: "<script>alert(1)</script>" }));
    const page = await (await fetch(server.url)).text();
    expect(page).not.toContain("<script>alert");
    expect(page).toContain("<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>");
  });
});

describe("its events", () => {
  it("are the seconds so far, then each frame and each new second once, then the end", async () => {
    const figures = liveFigures(3, 50);
    const server = await start(figures);
    const { response, until, heard, over } = await listen(server.url);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const [first, second] = await until(2);
    expect(first).toMatchObject({ event: "points", data: [{ second: 0 }, { second: 1 }] });
    expect(second).toMatchObject({ event: "frame", data: { "in-flight": "38", time: "3 s of 20 s", verdict: "" } });
    figures.calls(told(3.25 * SECOND, [], { due: 640, sent: 638 }));
    server.send(figures.frame(3.25 * SECOND));
    expect((await until(4)).slice(2)).toMatchObject([{ event: "points", data: [{ second: 2 }] }, { event: "frame" }]);
    figures.end({ verdict: "fail", reasons: ["A gate failed."], report: "runs/a/report.html" });
    await server.end(figures.frame(4 * SECOND));
    await over;
    expect(heard.slice(4)).toMatchObject([
      { event: "points", data: [{ second: 3 }] },
      { event: "frame", data: { verdict: "The run is over: FAIL.\nA gate failed.\nReport: runs/a/report.html" } },
      { event: "end", data: "fail" },
    ]);
    await expect(fetch(server.url)).rejects.toThrow("fetch failed");
  });

  it("keep nobody from ending: not a reader that never reads", async () => {
    const figures = liveFigures(3, 50);
    const server = await start(figures);
    const { port } = new URL(server.url) as unknown as { port: number };
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    // More than what the sockets' buffers take.
    const frame = { ...figures.frame(3 * SECOND), doing: "x".repeat(1_000_000) };
    for (let sent = 0; sent < 20; sent++) {
      figures.calls(told((4 + sent) * SECOND, [], { due: 1_000, sent: 1_000 }));
      server.send(frame);
    }
    await server.end(frame);
    socket.destroy();
  });
});

describe("who else asks", () => {
  it.each([
    ["another path", { path: "/../../etc/passwd" }, 404],
    ["an escaped one", { path: "/%2e%2e/%2e%2e/etc/passwd" }, 404],
    ["a query", { path: "/?x" }, 404],
    ["another method", { method: "POST" }, 405],
    ["another method of the events", { method: "DELETE", path: "/events" }, 405],
    ["under another name", { host: "evil.example" }, 403],
  ])("%s is refused", async (_, options, status) => {
    const server = await start(liveFigures(1, 5));
    const [got, body] = await ask(server.url, options);
    expect(got).toBe(status);
    expect(body).not.toContain("two-way-latency");
  });

  it("from this machine by the name localhost is served", async () => {
    const server = await start(liveFigures(1, 5));
    expect((await ask(server.url, { host: `localhost:${new URL(server.url).port}` }))[0]).toBe(200);
  });

  it("for a port that is taken is told in one line", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const attempt = LiveServer.start(port, liveFigures(1, 5));
    await expect(attempt).rejects.toThrow(SetUpError);
    await expect(attempt).rejects.toThrow(`--live: port ${port} is taken; name another, or none for a free one`);
  });
});
