/** Sections 9 and 12: devices over HTTP, and their management. */
import type { Row } from "./row.ts";
import { expectEqual, expectProblem, expectThat } from "./world.ts";

export const HTTP_ROWS: readonly Row[] = [
  {
    contract: "9.1",
    rule: "a long poll gets one command, and its reply reaches the caller",
    check: async (world) => {
      const device = await world.device();
      const poll = world.send(`/api/v1/${device.token}/rpc?timeout=20000`, { token: false });
      const reply = world.call(device.id, { timeout: 10_000, params: { percent: 40 } });
      const command = JSON.parse((await poll).body) as { id: number; method: string; params: unknown };
      expectEqual([command.method, command.params], ["m", { percent: 40 }], "command");
      const path = `/api/v1/${device.token}/rpc/${command.id}`;
      const answered = await world.send(path, { body: '{"ok":true}', token: false });
      expectEqual([answered.status, answered.body], [200, ""], "answer to the device");
      expectEqual((await reply).body, '{"ok":true}', "answer to the caller");
    },
  },
  {
    contract: "9.1",
    rule: "a long poll without a command ends with an empty 408",
    check: async (world) => {
      const device = await world.device();
      const poll = await world.send(`/api/v1/${device.token}/rpc?timeout=200`, { token: false });
      expectEqual([poll.status, poll.body], [408, ""], "answer");
    },
  },
  {
    contract: "9.1",
    rule: "a wrong token is an empty 401",
    check: async (world) => {
      const reply = await world.send("/api/v1/no-such-token/rpc?timeout=200", { token: false });
      expectEqual([reply.status, reply.body], [401, ""], "answer");
    },
  },
  {
    contract: "9.1, 6.6",
    rule: "telemetry and attributes are taken",
    check: async (world) => {
      const device = await world.device();
      for (const feature of ["telemetry", "attributes"]) {
        const reply = await world.send(`/api/v1/${device.token}/${feature}`, { body: '{"a":1}', token: false });
        expectEqual(reply.status, 200, feature);
      }
    },
  },
  {
    contract: "12.1",
    rule: "a device is made with its token, found by name, and a second one of the name refused",
    check: async (world) => {
      const device = await world.device();
      const found = await world.send(`/api/tenant/devices?deviceName=${encodeURIComponent(device.name)}`);
      expectEqual((JSON.parse(found.body) as { id: { id: string } }).id.id, device.id, "id");
      const credentials = await world.send(`/api/device/${device.id}/credentials`);
      const { credentialsType, credentialsId } = JSON.parse(credentials.body) as Record<string, string>;
      expectEqual([credentialsType, credentialsId], ["ACCESS_TOKEN", device.token], "credentials");
      expectProblem(await world.send("/api/device", { body: JSON.stringify({ name: device.name }) }), 400, 31);
    },
  },
  {
    contract: "12.1",
    rule: "changed credentials close the device's connection",
    check: async (world) => {
      const device = await world.listening();
      const path = `/api/device/${device.id}/credentials`;
      const credentials = JSON.parse((await world.send(path)).body) as Record<string, unknown>;
      const body = JSON.stringify({ ...credentials, credentialsId: `${device.token}-new` });
      expectEqual((await world.send("/api/device/credentials", { body })).status, 200, "status");
      await device.link.closed;
      expectEqual(await world.socket().connect({ username: device.token }), 5, "the old token");
      expectEqual(await world.socket().connect({ username: `${device.token}-new` }), 0, "the new one");
    },
  },
  {
    contract: "12.1",
    rule: "the page of devices says how many there are",
    check: async (world) => {
      await world.device();
      const page = JSON.parse((await world.send("/api/tenant/devices?pageSize=1&page=0")).body) as {
        data: unknown[];
        totalElements: number;
      };
      expectThat(page.data.length === 1 && page.totalElements >= 1, "one of at least one");
    },
  },
  {
    contract: "4.5",
    rule: "beyond the tenant's limit is 429 with errorCode 33",
    needs: { tenantRestLimits: "3:60" },
    check: async (world) => {
      const replies = await Promise.all(Array.from({ length: 8 }, () => world.send("/api/auth/user")));
      const refused = replies.find(({ status }) => status === 429);
      expectThat(refused !== undefined, "one of eight is refused");
      expectProblem(refused, 429, 33);
    },
  },
];
