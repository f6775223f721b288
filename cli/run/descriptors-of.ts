/** How many sockets the devices of a fleet need, by how its cohorts speak. */
import { parseTransport } from "../../simulator/fleet/transport-form.ts";

/** Devices that share a UDP socket, see coap-endpoint.ts. */
const COAP_DEVICES_PER_SOCKET = 100;

interface Cohort {
  readonly weight: number;
  readonly transport: string;
}

/** Of `devices` in all, divided among the cohorts by weight; a device with a connection of its own needs one. */
export function socketsOf(cohorts: readonly Cohort[], devices: number): number {
  const total = cohorts.reduce((sum, { weight }) => sum + weight, 0);
  const sockets = cohorts.reduce(
    (sum, { weight, transport }) => sum + (devices * weight) / total / sharing(transport),
    0,
  );
  return Math.ceil(sockets);
}

function sharing(text: string): number {
  const transport = parseTransport(text);
  if (transport.kind === "gateway") return transport.children;
  return transport.kind === "coap" ? COAP_DEVICES_PER_SOCKET : 1;
}
