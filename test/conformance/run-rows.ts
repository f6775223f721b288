/** Runs rows against one server after the other: one for each set of switches, or the one that was given. */
import type { ServerOptions } from "../../server/options.ts";
import { startServer } from "../../server/server.ts";
import { AUTH_ROWS } from "./auth-rows.ts";
import { HTTP_ROWS } from "./http-rows.ts";
import { MQTT_ROWS } from "./mqtt-rows.ts";
import { PERSISTENT_ROWS } from "./persistent-rows.ts";
import type { Row } from "./row.ts";
import { RPC_ROWS } from "./rpc-rows.ts";
import { type Target, World } from "./world.ts";

export const ROWS: readonly Row[] = [...AUTH_ROWS, ...RPC_ROWS, ...PERSISTENT_ROWS, ...MQTT_ROWS, ...HTTP_ROWS];

export interface RowResult {
  readonly contract: string;
  readonly rule: string;
  readonly verdict: "kept" | "broken" | "skipped";
  /** Why, when it was not kept. */
  readonly reason: string;
}

/** A row that is still waiting then has seen nothing come. */
const PATIENCE_MS = 30_000;
const SHORT_TIMEOUT_MS = 60;

async function runRow(row: Row, target: Target): Promise<RowResult> {
  const world = new World(target);
  const shown = { contract: row.contract, rule: row.rule };
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  });
  try {
    await world.open();
    await Promise.race([row.check(world), patience]);
    return { ...shown, verdict: "kept", reason: "" };
  } catch (error) {
    return { ...shown, verdict: "broken", reason: (error as Error).message };
  } finally {
    clearTimeout(timer);
    await world.close().catch(() => undefined);
  }
}

/** Against another's server; rows that need switches of ours are skipped. */
export async function runAgainst(target: Target, done: (result: RowResult) => void): Promise<void> {
  for (const row of ROWS) {
    const { contract, rule, needs } = row;
    const reason = `needs a server with ${JSON.stringify(needs)}`;
    done(needs === undefined ? await runRow(row, target) : { contract, rule, verdict: "skipped", reason });
  }
}

/** Against our own server, started for the purpose, with the switches each row needs. */
export async function runAgainstOurs(done: (result: RowResult) => void): Promise<void> {
  const groups = new Map<string, Row[]>();
  for (const row of ROWS) {
    const key = JSON.stringify(row.needs ?? {});
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  for (const [needs, rows] of groups) {
    const options = JSON.parse(needs) as ServerOptions;
    const server = await startServer({ httpPort: 0, mqttPort: 0, minTimeoutMs: SHORT_TIMEOUT_MS, ...options });
    const target = {
      url: server.httpUrl,
      mqttPort: server.mqttPort,
      username: "tenant@thingsboard.org",
      password: "tenant",
      minTimeoutMs: SHORT_TIMEOUT_MS,
    };
    for (const row of rows) done(await runRow(row, target));
    await server.close();
  }
}
