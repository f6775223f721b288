/** What a run was made with, as flat keys and texts: what makes two runs comparable, and what differs between them. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { HostFacts } from "../run-record.ts";

export interface Configuration {
  /** The scenario as it was run: what must be alike for figures to be comparable. */
  readonly scenario: Readonly<Record<string, string>>;
  /** What may differ, and explains a difference: versions, machine, target. */
  readonly setting: Readonly<Record<string, string>>;
}

/** Words about a scenario, and its judgement; neither changes what is run. */
const WORDS = new Set(["name", "description", "gates", "issue"]);

const plan = z.object({
  schema: z.literal("rpcfleet.plan/1"),
  timeoutUs: z.number(),
  scenario: z.record(z.string(), z.unknown()),
  flags: z.object({ engine: z.string(), target: z.string().optional() }),
});

type Host = Omit<HostFacts, "k6"> & { readonly k6: string | null | undefined };

/** The configuration of a run from the text of its `plan.json` and its host; a sentence when the text is no plan. */
export function readConfiguration(text: string, host: Host): Configuration | { readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "text that is no JSON (damaged or truncated)" };
  }
  const parsed = plan.safeParse(json);
  if (!parsed.success) {
    return { problem: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") };
  }
  const { scenario, timeoutUs, flags } = parsed.data;
  const kept = Object.fromEntries(Object.entries(scenario).filter(([key]) => !WORDS.has(key)));
  return {
    scenario: { engine: flags.engine, effectiveTimeoutUs: String(timeoutUs), ...flatten(kept, "") },
    setting: {
      target: flags.target === undefined ? "a server started for the run" : placeOf(flags.target),
      ...flatten(host, "host."),
    },
  };
}

/** On this machine the port is a matter of chance. */
function placeOf(target: string): string {
  return target.replace(/^(https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])):\d+.*$/, "$1");
}

/** `{ fleet: { cohorts: [{ latency: "x" }] } }` -> `fleet.cohorts[0].latency`: `x`. */
function flatten(value: unknown, prefix: string): Record<string, string> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object") return { [prefix.replace(/\.$/, "")]: String(value) };
  const entries = Array.isArray(value)
    ? value.map((item, index) => [`${prefix.replace(/\.$/, "")}[${index}].`, item] as const)
    : Object.entries(value).map(([key, item]) => [`${prefix}${key}.`, item] as const);
  return Object.assign({}, ...entries.map(([key, item]) => flatten(item, key)));
}

/** Short name of a scenario as it was run: equal when what matters is. */
export function identityOf({ scenario }: Configuration): string {
  return digest(Object.entries(scenario).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Short name of a machine and what runs on it: figures of one say little about another. */
export function fingerprintOf({ cpu, cores, memoryMiB, platform, node }: Host): string {
  return digest([cpu, cores, memoryMiB, platform, node]);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

export interface ChangedKey {
  readonly key: string;
  readonly a: string;
  readonly b: string;
  /** True when figures that differ in it are of different scenarios. */
  readonly ofScenario: boolean;
}

/** The keys whose texts differ, those of the scenario first. */
export function changedKeys(a: Configuration, b: Configuration): ChangedKey[] {
  const changed = (from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>, ofScenario: boolean) =>
    [...new Set([...Object.keys(from), ...Object.keys(to)])]
      .filter((key) => from[key] !== to[key])
      .map((key): ChangedKey => ({ key, a: from[key] ?? "not set", b: to[key] ?? "not set", ofScenario }));
  return [...changed(a.scenario, b.scenario, true), ...changed(a.setting, b.setting, false)];
}
