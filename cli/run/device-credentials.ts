/** What the devices of a run show to their server: certificates for those that speak with one, and whether a file has what is needed. */
import { seedFrom } from "../../protocol/random.ts";
import { makeKeyPair, selfSigned } from "../../simulator/certificate/certificate.ts";
import { cohortOf } from "../../simulator/fleet/cohorts.ts";
import type { CohortPlan, ProvisionedDevice } from "../../simulator/fleet/fleet-plan.ts";
import { parseTransport, type Transport } from "../../simulator/fleet/transport-form.ts";
import type { RestClient } from "../../simulator/rest-client.ts";

export interface CohortSetting {
  readonly cohorts: readonly CohortPlan[];
  readonly seed: string;
  /** Ordinal of the first device. */
  readonly first: number;
}

/** Certificates on their way at once. */
const AT_ONCE = 16;

/** The devices, those of a cohort with `auth=x509` known to the server by a certificate made for them. */
export async function withCertificates(
  rest: RestClient,
  devices: readonly ProvisionedDevice[],
  setting: CohortSetting,
): Promise<readonly ProvisionedDevice[]> {
  const transports = setting.cohorts.map(({ transport }) => parseTransport(transport));
  if (!transports.some((transport) => transport.kind === "mqtt" && transport.certificate)) return devices;
  // One key for all: what a device is known by is its certificate.
  const keys = makeKeyPair();
  const given = [...devices];
  const cohortIndex = cohortsOf(devices.length, setting);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < given.length; index = next++) {
      const transport = transports[cohortIndex[index] as number];
      if (transport?.kind !== "mqtt" || !transport.certificate) continue;
      const device = given[index] as ProvisionedDevice;
      given[index] = await rest.giveCertificate(device, selfSigned(device.name ?? device.id, [], keys));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return given;
}

/** What devices of a file lack that their cohorts need, a line for each cohort. */
export function credentialProblems(devices: readonly ProvisionedDevice[], setting: CohortSetting): string[] {
  const cohortIndex = cohortsOf(devices.length, setting);
  return setting.cohorts.flatMap(({ name, transport: text }, cohort) => {
    const transport = parseTransport(text);
    if (transport.kind === "problem") return [];
    const lacking = devices.filter((device, i) => cohortIndex[i] === cohort && !canSpeak(device, transport)).length;
    if (lacking === 0) return [];
    const needed =
      transport.kind === "mqtt" && transport.certificate ? "certificate (columns cert, key)" : "access token";
    return [`--devices-file: ${lacking} devices of cohort ${name}, which speaks ${text}, have no ${needed}`];
  });
}

function cohortsOf(devices: number, { cohorts, seed: text, first }: CohortSetting): number[] {
  const seed = seedFrom(text);
  return Array.from({ length: devices }, (_, index) => cohortOf(cohorts, first + index, seed));
}

function canSpeak({ token, credentials }: ProvisionedDevice, transport: Transport): boolean {
  if (transport.kind !== "mqtt") return token !== "";
  if (transport.certificate) return credentials?.kind === "x509";
  return token !== "" || credentials?.kind === "mqtt_basic";
}
