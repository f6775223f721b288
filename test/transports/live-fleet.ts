/** A fleet of any transports in this process against the real server in this process, for tests that watch both. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { seedFrom } from "../../protocol/random.ts";
import { MILLISECOND } from "../../protocol/time.ts";
import type { ServerOptions } from "../../server/options.ts";
import { type LiveServer, startLiveServer } from "../../server/testing/live-server.ts";
import { writeCertificate } from "../../simulator/certificate/certificate-files.ts";
import { monotonicNow } from "../../simulator/clock.ts";
import { Fleet } from "../../simulator/fleet/fleet.ts";
import type { CohortPlan, FleetPlan, ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { gatewayGroups } from "../../simulator/fleet/gateway-groups.ts";
import { RestClient } from "../../simulator/rest-client.ts";

/** One for the whole file: the server's own certificate, which is its authority as well. */
const CERTIFICATE = writeCertificate(mkdtempSync(join(tmpdir(), "rpcfleet-test-tls-")));
afterAll(() => rmSync(CERTIFICATE.folder, { recursive: true }));

export const RUN_TAG = "test";
const TIMEOUT_MS = 2_000;

export interface LiveFleetOptions {
  readonly devices: number;
  /** Transport forms, a cohort each. */
  readonly transports: readonly string[];
  readonly cohort?: Partial<CohortPlan>;
  readonly plan?: Partial<FleetPlan>;
  readonly server?: ServerOptions;
}

export interface LiveFleet {
  readonly live: LiveServer;
  readonly fleet: Fleet;
  readonly plan: FleetPlan;
  readonly origin: number;
  /** Calls a device by REST. */
  call(ordinal: number, method: string, params?: object): Promise<{ status: number; body: string }>;
}

/** Starts server and fleet, connects, and begins the run; both end with the test. */
export async function startLiveFleet(options: LiveFleetOptions): Promise<LiveFleet> {
  const tls = { mqttsPort: 0, tlsKeyFile: CERTIFICATE.keyFile, tlsCertFile: CERTIFICATE.certificateFile };
  const live = await startLiveServer({ dialect: "tb-v2", coapPort: 0, mqttWsPort: 0, ...tls, ...options.server });
  onTestFinished(() => live.server.close());
  const rest = new RestClient(live.server.httpUrl, "tb-v2");
  onTestFinished(() => rest.close());
  await rest.login("tenant@thingsboard.org", "tenant");
  const devices = await rest.ensureFleet(options.devices, () => undefined);
  const cohorts = options.transports.map((transport, index) => cohortOf(transport, index, options.cohort));
  const seed = options.plan?.seed ?? "7";
  const { count } = gatewayGroups(cohorts, seedFrom(seed), { first: 0, devices: devices.length });
  const plan = planOf(live, { devices, cohorts, gateways: await rest.ensureGateways(count) }, options.plan);
  const fleet = new Fleet(plan);
  onTestFinished(() => fleet.close());
  await fleet.connect();
  const origin = monotonicNow();
  fleet.begin(origin);
  const call = async (ordinal: number, method: string, params: object = {}) => {
    const body = JSON.stringify({ method, params, timeout: TIMEOUT_MS });
    const path = `/api/rpc/twoway/${(devices[ordinal] as ProvisionedDevice).id}`;
    return live.send(path, { method: "POST", token: live.admin, body });
  };
  return { live, fleet, plan, origin, call };
}

function cohortOf(transport: string, index: number, more: Partial<CohortPlan> = {}): CohortPlan {
  const form = { latency: "constant(1ms)", faults: [], reconnect: "fixed(20ms)" };
  return { name: `cohort-${index}`, weight: 1, ...form, transport, ...more };
}

type Parts = Pick<FleetPlan, "devices" | "cohorts" | "gateways">;

function planOf({ server }: LiveServer, parts: Parts, more: Partial<FleetPlan> = {}): FleetPlan {
  const at = (port: number | undefined) => (port === undefined ? undefined : { host: "127.0.0.1", port });
  const { mqttPort, mqttsPort, mqttWsPort, coapPort, httpUrl } = server;
  const ports = { mqtt: at(mqttPort), mqtts: at(mqttsPort), ws: at(mqttWsPort), coap: at(coapPort) };
  return {
    endpoints: { ...ports, http: httpUrl, ca: CERTIFICATE.certificate },
    dialect: "tb-v2",
    seed: "7",
    runTag: RUN_TAG,
    ...parts,
    firstOrdinal: 0,
    qos: 1,
    timeout: TIMEOUT_MS * MILLISECOND,
    keepAliveS: 60,
    pingFactor: 0.5,
    keepSession: false,
    connecting: 10,
    connectRate: undefined,
    clientCalls: undefined,
    telemetry: undefined,
    keepLedger: true,
    ...more,
  };
}
