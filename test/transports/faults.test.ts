/** Faults that cut a device off do so over every transport on which they are not refused. */
import { expect, it, vi } from "vitest";
import { SECOND } from "../../protocol/time.ts";
import { isProblem } from "../../simulator/behaviour/form.ts";
import { parseFault } from "../../simulator/fault/parse-fault.ts";
import { startLiveFleet } from "./live-fleet.ts";

const TRANSPORTS = ["mqtt", "http", "coap", "gateway"] as const;
type Name = (typeof TRANSPORTS)[number];

function fits(form: string, transport: Name): boolean {
  const fault = parseFault(form, { timeout: SECOND });
  if (isProblem(fault)) throw new Error(fault.message);
  return fault.kind.transports?.includes(transport) !== false;
}

/** What comes of a Call to a device with that fault, and how many requests it has heard. */
async function callThrough(form: string, transport: Name): Promise<{ status: number; heard: number }> {
  const { fleet, live, plan } = await startLiveFleet({
    devices: 1,
    transports: [transport],
    cohort: { faults: [form] },
  });
  await vi.waitFor(() => expect(fleet.report(0).faults.map(({ fired }) => fired)).toEqual([1]));
  const body = JSON.stringify({ method: "getValue", params: {}, timeout: 300 });
  const path = `/api/rpc/twoway/${plan.devices[0]?.id}`;
  const { status } = await live.send(path, { method: "POST", token: live.admin, body });
  return { status, heard: fleet.report(0).ledger.length };
}

it.each(["blackhole(direction=down)", "half_open", "slow_reader", "unsubscribe", "no_subscribe", "handshake_stall"])(
  "%s: hears no request",
  async (form) => {
    const fitting = TRANSPORTS.filter((transport) => fits(form, transport));
    const seen = await Promise.all(
      fitting.map(async (transport) => ({ transport, ...(await callThrough(form, transport)) })),
    );
    expect(seen).toEqual(fitting.map((transport) => ({ transport, status: 504, heard: 0 })));
  },
);
