/**
 * A hand-written k6 script: each virtual user owns a device, flips its switch with a
 * one-way `setValue`, as the switch widgets do, polls `getValue` until the device
 * says the new state, then asks `checkStatus`. Start from it when a scenario file cannot say what you need.
 *
 *   rpcfleet serve                          in one terminal
 *   rpcfleet fleet --devices 20             in another
 *   k6 run -e BASE_URL=http://127.0.0.1:8080 scenarios/k6/examples/toggle-and-poll.ts
 *
 * Environment, each given with `-e NAME=value`:
 *   BASE_URL     the server                                http://127.0.0.1:8080
 *   USERNAME     tenant administrator                      tenant@thingsboard.org (the demo tenant)
 *   PASSWORD     their password                            tenant
 *   DIALECT      tb-v1, tb-v2 or tempus                    tb-v1
 *   DEVICES      only devices whose name contains this     rpcfleet-
 *   VUS          virtual users, each with its own device   5
 *   DURATION     how long                                  20s
 *   TIMEOUT_MS   timeout of each call                      5000
 */
import { check, fail, sleep } from "k6";
import exec from "k6/execution";
import { Counter, Trend } from "k6/metrics";
import type { DialectName } from "../../../protocol/dialect.ts";
import { type Access, listDevices, login, oneWay, type RpcReply, twoWay } from "../rpc.ts";

const vus = Number(__ENV.VUS ?? "5");
const timeoutMs = Number(__ENV.TIMEOUT_MS ?? "5000");

const POLLS = 10;
const POLL_PAUSE_S = 0.2;

/** From setValue to the first getValue that says so, milliseconds. */
const togglePropagation = new Trend("toggle_propagation", true);
const timeouts = new Counter("rpc_timeouts");

export const options = {
  scenarios: {
    toggle: {
      executor: "constant-vus",
      vus,
      duration: __ENV.DURATION ?? "20s",
      gracefulStop: `${timeoutMs + 3_000}ms`,
    },
  },
  thresholds: {
    checks: ["rate>0.99"],
    http_req_failed: ["rate<0.01"],
    rpc_timeouts: ["count<5"],
    "http_req_duration{name:rpc_twoway}": ["p(95)<1000"],
    toggle_propagation: ["p(95)<3000"],
  },
  summaryTrendStats: ["count", "min", "med", "p(95)", "p(99)", "max"],
};

interface Fleet {
  readonly access: Access;
  readonly deviceIds: readonly string[];
}

export function setup(): Fleet {
  const access = login({
    baseUrl: __ENV.BASE_URL ?? "http://127.0.0.1:8080",
    dialect: (__ENV.DIALECT ?? "tb-v1") as DialectName,
    username: __ENV.USERNAME ?? "tenant@thingsboard.org",
    password: __ENV.PASSWORD ?? "tenant",
  });
  const devices = listDevices(access, __ENV.DEVICES ?? "rpcfleet-", vus);
  if (devices.length < vus) fail(`${vus} virtual users need as many devices, found ${devices.length}`);
  return { access, deviceIds: devices.map((device) => device.id) };
}

export default function toggleAndPoll({ access, deviceIds }: Fleet): void {
  const deviceId = deviceIds[(exec.vu.idInTest - 1) % deviceIds.length] as string;
  const ask = (method: string): RpcReply => {
    const reply = twoWay(access, { deviceId, method, params: null, timeoutMs });
    if (reply.outcome === "timeout") timeouts.add(1);
    return reply;
  };
  const wanted = exec.vu.iterationInScenario % 2 === 0;
  const startedMs = Date.now();
  const set = oneWay(access, { deviceId, method: "setValue", params: wanted, timeoutMs });
  check(set, { "setValue is handed over": (reply) => reply.outcome === "ok" });
  let seen = false;
  for (let poll = 0; poll < POLLS && !seen; poll++) {
    if (poll > 0) sleep(POLL_PAUSE_S);
    seen = ask("getValue").value === wanted;
  }
  if (seen) togglePropagation.add(Date.now() - startedMs);
  check(seen, { "the device reports the new state": (yes) => yes });
  check(ask("checkStatus"), { "checkStatus is answered": (reply) => reply.outcome === "ok" });
  sleep(POLL_PAUSE_S);
}
