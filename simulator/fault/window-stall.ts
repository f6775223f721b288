/** C13: the device acknowledges nothing for a while, so that the server's window of messages in flight fills; then all at once. */

import { WITH_ACKNOWLEDGEMENTS } from "../fleet/transport-form.ts";
import type { FaultKind } from "./device-fault.ts";
import { until } from "./windows.ts";

/** Without an end of its schedule nothing is ever acknowledged. Replies go on. */
export const windowStall: FaultKind = {
  name: "window_stall",
  id: "C13",
  standard: "Receive Maximum, flow control test",
  does: "acknowledges nothing while it is on, and all of it when it ends",
  transports: WITH_ACKNOWLEDGEMENTS,
  arguments: [],
  read: (_, { schedule }) => ({
    verdict: ({ at }) => ({
      kind: "ack",
      after: schedule.always ? undefined : until(at, schedule.nextOff(at)),
    }),
  }),
};
