/** Faults that befall a connection, a device as a whole, or a fleet (groups D to G of the fault menu). */
import type { FaultKind } from "./device-fault.ts";
import { disconnectBeforeReply } from "./disconnect-before-reply.ts";

export const CONNECTION_FAULTS: readonly FaultKind[] = [disconnectBeforeReply];
