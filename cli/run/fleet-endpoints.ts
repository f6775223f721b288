/** Where the devices of a run find their server: the ports of the one started for it, or those of a target. */
import { readFileSync } from "node:fs";
import type { Endpoint, Endpoints } from "../../simulator/fleet/fleet-plan.ts";
import { type PortName, parseTransport, portOf } from "../../simulator/fleet/transport-form.ts";
import type { RunArguments } from "./run-arguments.ts";

type PortFlags = Pick<RunArguments, "mqttPort" | "mqttsPort" | "wsPort" | "coapPort" | "ca">;

interface Ports {
  readonly mqttPort: number;
  readonly mqttsPort: number | undefined;
  readonly wsPort: number | undefined;
  readonly coapPort: number | undefined;
  /** PEM text. */
  readonly ca: string | undefined;
}

/** The ports that the cohorts need; a form that is wrong needs none. */
export function portsOf(cohorts: readonly { readonly transport?: string | undefined }[]): ReadonlySet<PortName> {
  const ports = new Set<PortName>();
  for (const { transport = "mqtt" } of cohorts) {
    const parsed = parseTransport(String(transport));
    if (parsed.kind !== "problem") ports.add(portOf(parsed));
  }
  return ports;
}

export function targetEndpoints(url: string, flags: PortFlags): Endpoints {
  return endpointsOf(url, { ...flags, ca: flags.ca === undefined ? undefined : readFileSync(flags.ca, "utf8") });
}

/** `url` is that of the REST port; the others are on the same host. */
export function endpointsOf(url: string, { mqttPort, mqttsPort, wsPort, coapPort, ca }: Ports): Endpoints {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const at = (port: number | undefined): Endpoint | undefined => (port === undefined ? undefined : { host, port });
  return { mqtt: at(mqttPort), mqtts: at(mqttsPort), ws: at(wsPort), coap: at(coapPort), http: url, ca };
}
