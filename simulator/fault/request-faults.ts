/** Faults that befall one request or its reply (groups A to C of the fault menu). */
import type { FaultKind } from "./device-fault.ts";
import { dropReply } from "./drop-reply.ts";
import { errorReply } from "./error-reply.ts";
import { lateReply } from "./late-reply.ts";

export const REQUEST_FAULTS: readonly FaultKind[] = [dropReply, errorReply, lateReply];
