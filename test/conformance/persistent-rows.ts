/** Section 5: persistent calls. */
import type { Row } from "./row.ts";
import { expectEqual, expectProblem, expectThat, type World } from "./world.ts";

async function submitted(world: World, device: string, fields: object = {}, type = "twoway"): Promise<string> {
  const reply = await world.call(device, { persistent: true, timeout: 30_000, ...fields }, `/api/rpc/${type}`);
  expectEqual(reply.status, 200, "status");
  return (JSON.parse(reply.body) as { rpcId: string }).rpcId;
}

interface Rpc {
  readonly status: string;
  readonly response: unknown;
  readonly request: { readonly body: { readonly params: unknown } };
}

/** Reads until the status is there; the run of a row is bounded from outside. */
async function until(world: World, id: string, status: string): Promise<Rpc> {
  for (;;) {
    const rpc = JSON.parse((await world.send(`/api/rpc/persistent/${id}`)).body) as Rpc;
    if (rpc.status === status) return rpc;
    expectThat(!["SUCCESSFUL", "FAILED", "EXPIRED"].includes(rpc.status), `ended as ${rpc.status}, not ${status}`);
  }
}

export const PERSISTENT_ROWS: readonly Row[] = [
  {
    contract: "5.1, 5.5",
    rule: "QUEUED, SENT, DELIVERED, SUCCESSFUL",
    check: async (world) => {
      const device = await world.device();
      const id = await submitted(world, device.id, { params: { percent: 40 } });
      expectEqual((await until(world, id, "QUEUED")).request.body.params, '{"percent":40}', "params are text");
      const link = world.socket();
      await link.connect({ username: device.token });
      await link.subscribe(["v1/devices/me/rpc/request/+"], 1);
      const request = await link.next("publish");
      await until(world, id, "SENT");
      link.send({ cmd: "puback", messageId: request.messageId as number });
      await until(world, id, "DELIVERED");
      await link.publish(request.topic.replace("request", "response"), '{"ok":true}');
      expectEqual((await until(world, id, "SUCCESSFUL")).response, { ok: true }, "response");
    },
  },
  {
    contract: "5.1",
    rule: "a one-way call ends at DELIVERED",
    check: async (world) => {
      const device = await world.listening(0);
      await until(world, await submitted(world, device.id, {}, "oneway"), "DELIVERED");
    },
  },
  {
    contract: "5.1",
    rule: "an expired call is EXPIRED, also when it was on arrival",
    check: async (world) => {
      const device = await world.device();
      await until(world, await submitted(world, device.id, { expirationTime: 1 }), "EXPIRED");
      await until(world, await submitted(world, device.id, { expirationTime: Date.now() + 300 }), "EXPIRED");
    },
  },
  {
    contract: "5.1",
    rule: "a reply that is not JSON is kept as an error",
    check: async (world) => {
      const device = await world.listening();
      const id = await submitted(world, device.id);
      await device.link.answer("pump stopped");
      expectEqual((await until(world, id, "SUCCESSFUL")).response, { error: "pump stopped" }, "response");
    },
  },
  {
    contract: "5.1, S11",
    rule: "unacknowledged it is TIMEOUT; without retries FAILED with the original's words",
    needs: { ackTimeoutMs: 60 },
    check: async (world) => {
      const device = await world.listening();
      const id = await submitted(world, device.id, { retries: 0 });
      const words = "There was a Timeout and all retry attempts have been exhausted. Retry attempts set: 0";
      expectEqual((await until(world, id, "FAILED")).response, { error: words }, "response");
    },
  },
  {
    contract: "5.2, 5.4",
    rule: "a deleted or unknown call is 404 with errorCode 32",
    check: async (world) => {
      const device = await world.device();
      const id = await submitted(world, device.id);
      const deleted = await world.send(`/api/rpc/persistent/${id}`, { method: "DELETE" });
      expectEqual([deleted.status, deleted.body], [200, ""], "answer");
      expectProblem(await world.send(`/api/rpc/persistent/${id}`), 404, 32);
      expectProblem(await world.send("/api/rpc/persistent/nonsense"), 400, 31);
    },
  },
  {
    contract: "5.3",
    rule: "the list pages and filters; DELETED as a filter is 500, an unknown word 400",
    check: async (world) => {
      const device = await world.device();
      for (let call = 0; call < 3; call++) await submitted(world, device.id);
      const list = (query: string) => world.send(`/api/rpc/persistent/device/${device.id}?${query}`);
      const page = JSON.parse((await list("pageSize=2&page=0&rpcStatus=QUEUED")).body) as Record<string, unknown>;
      expectEqual([page.totalPages, page.totalElements, page.hasNext], [2, 3, true], "page");
      expectProblem(await list("pageSize=2&page=0&rpcStatus=DELETED"), 500, 2);
      expectProblem(await list("pageSize=2&page=0&rpcStatus=LOST"), 400, 31);
    },
  },
  ...(["on_ack", "on_response"] as const).map(
    (submitStrategy): Row => ({
      contract: "S10",
      rule: `${submitStrategy}: ten queued calls arrive and are answered in order`,
      needs: { submitStrategy },
      check: async (world) => {
        const device = await world.device();
        const ids: string[] = [];
        for (let call = 0; call < 10; call++) ids.push(await submitted(world, device.id, { params: call }));
        const link = world.socket();
        await link.connect({ username: device.token });
        await link.subscribe(["v1/devices/me/rpc/request/+"], 1);
        for (let call = 0; call < 10; call++) {
          const request = await link.next("publish");
          expectEqual((JSON.parse(request.payload.toString()) as { params: number }).params, call, "order");
          link.send({ cmd: "puback", messageId: request.messageId as number });
          await link.publish(request.topic.replace("request", "response"), String(call));
        }
        for (const id of ids) await until(world, id, "SUCCESSFUL");
      },
    }),
  ),
];
