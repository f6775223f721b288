/** C7 to C9 on the wire: the bytes of a reply, and the segments that bring them. */
import { generate } from "mqtt-packet";
import { expect, it, vi } from "vitest";
import { MILLISECOND } from "../../protocol/time.ts";
import { account, ask, firedOf, idOf, observe, replies } from "./observe.ts";
import type { ObservedConnection } from "./wire-observer.ts";

const ms = (count: number): number => count * MILLISECOND;

/** Every byte of a connection, and where each chunk of it ended. */
function stream({ chunks }: ObservedConnection): { bytes: Buffer; ends: number[] } {
  let end = 0;
  const ends = chunks.map(({ bytes }) => {
    end += bytes.length;
    return end;
  });
  return { bytes: Buffer.concat(chunks.map(({ bytes }) => bytes)), ends };
}

/** The packet of the reply to request `id`, as a library of others writes it. */
function replyPacket(id: number, messageId: number): Buffer {
  const [topic, payload] = [`v1/devices/me/rpc/response/${id}`, `{"nonce":"t-${id}"}`];
  return generate({ cmd: "publish", topic, payload, qos: 1, dup: false, retain: false, messageId });
}

it("corrupt: exactly one bit of the packet is wrong", async () => {
  const observed = await observe(["corrupt(nth=1)"]);
  const device = observed.connection(0);
  const before = stream(device).bytes.length;
  ask(device, 1, 1);
  // SUBSCRIBE took packet id 2.
  const right = replyPacket(1, 3);
  await vi.waitFor(() => expect(stream(device).bytes.length - before).toBe(4 + right.length));
  const sent = stream(device).bytes.subarray(before + 4);
  const wrong = right.reduce(
    (bits, byte, i) => bits + ((byte ^ (sent[i] as number)).toString(2).match(/1/g)?.length ?? 0),
    0,
  );
  expect(wrong).toBe(1);
  expect(account(observed).fired).toBe(1);
});

it("corrupt: one bit of the payload, in a third of a hundred replies", async () => {
  // Behind the header of 2 + 2 + 28 + 2 bytes or more: the nonce's first letter.
  const observed = await observe([`corrupt(p=30%, bit=${8 * 46})`]);
  const device = observed.connection(0);
  ask(device, 10, 99);
  const seen = await replies(device, 90);
  const wrong = seen.filter(({ topic, payload }) => payload !== `{"nonce":"t-${idOf(topic)}"}`);
  expect(wrong).toHaveLength(account(observed).fired);
  expect(wrong.length).toBeGreaterThan(15);
});

/** Ids of replies whose packet more than one chunk brought, told by where in it a chunk may end. */
function divided(device: ObservedConnection, isPlace: (offset: number, length: number) => boolean): number[] {
  const { bytes, ends } = stream(device);
  return device.replies
    .filter(({ topic, packet }) => {
      const whole = replyPacket(idOf(topic), packet.messageId as number);
      const start = bytes.indexOf(whole);
      return ends.some((end) => end > start && end < start + whole.length && isPlace(end - start, whole.length));
    })
    .map(({ topic }) => idOf(topic));
}

it("drip: in pieces, and what is sent meanwhile waits behind it", async () => {
  const observed = await observe(["drip(p=30%, bytes=5, pause=5ms)"]);
  const device = observed.connection(0);
  ask(device, 1, 40);
  const seen = await replies(device, 40);
  expect(device.malformed).toBeUndefined();
  expect(seen.map(({ topic }) => idOf(topic))).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  const { rows, fired } = account(observed);
  const dripped = rows.filter((row) => row.fired).map(({ call }) => call);
  expect(dripped).toHaveLength(fired);
  // Two pieces may arrive as one on a busy machine, but not all ten.
  expect(divided(device, () => true)).toEqual(dripped);
  expect(divided(device, (offset) => offset % 5 !== 0)).toEqual([]);
});

it("split: the first segment ends inside the header", async () => {
  const observed = await observe(["split(p=50%, at=1)"]);
  const device = observed.connection(0);
  for (let id = 1; id <= 20; id++) {
    ask(device, id, id);
    await replies(device, id);
  }
  const { rows, fired } = account(observed);
  const split = divided(device, () => true);
  expect(divided(device, (offset) => offset !== 1)).toEqual([]);
  expect(split.filter((id) => rows[id - 1]?.fired !== true)).toEqual([]);
  // Both segments may arrive as one on a busy machine.
  expect(split.length).toBeGreaterThan(fired / 2);
});

it("coalesce: in one segment with the next packet, whatever it is", async () => {
  const observed = await observe(["coalesce(nth=1, within=10s)"], { cohort: { latency: "constant(0ms)" } });
  const device = observed.connection(0);
  ask(device, 1, 1);
  expect(await firedOf(observed, 1)).toBe(1);
  device.send({
    cmd: "publish",
    topic: "v1/devices/me/rpc/response/9",
    payload: "{}",
    qos: 1,
    dup: false,
    retain: false,
    messageId: 77,
  });
  await replies(device, 1);
  const { bytes, ends } = stream(device);
  const packet = replyPacket(1, 3);
  const start = bytes.indexOf(packet);
  // Nothing of it came alone: the chunk that holds it goes on with the acknowledgement of 77.
  expect(ends).not.toContain(start + packet.length);
  expect(bytes.subarray(start + packet.length)).toEqual(generate({ cmd: "puback", messageId: 77 }));
});

it("coalesce: alone, when nothing else is sent", async () => {
  const observed = await observe(["coalesce(within=50ms)"]);
  const device = observed.connection(0);
  const at = device.request(1, "get");
  const [reply] = await replies(device, 1);
  // Timers of whole milliseconds may be one early.
  expect((reply?.at as number) - at).toBeGreaterThanOrEqual(ms(49));
});
