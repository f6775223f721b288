/** Faults that befall a connection, a device as a whole, or a fleet (groups D to G of the fault menu). */
import { badCredentials } from "./bad-credentials.ts";
import { blackHole } from "./black-hole.ts";
import { clockSkew } from "./clock-skew.ts";
import { cutReply } from "./cut-reply.ts";
import type { FaultKind } from "./device-fault.ts";
import { disconnectBeforeReply } from "./disconnect-before-reply.ts";
import { flap } from "./flap.ts";
import { halfOpen } from "./half-open.ts";
import { handshakeStall } from "./handshake-stall.ts";
import { keepAlive } from "./keep-alive.ts";
import { keptSession } from "./kept-session.ts";
import { lateSubscribe } from "./late-subscribe.ts";
import { noSubscribe } from "./no-subscribe.ts";
import { outage } from "./outage.ts";
import { reboot } from "./reboot.ts";
import { refusedConnect } from "./refused-connect.ts";
import { revoked } from "./revoked.ts";
import { slowClose } from "./slow-close.ts";
import { slowCohort } from "./slow-cohort.ts";
import { slowConnect } from "./slow-connect.ts";
import { slowReader } from "./slow-reader.ts";
import { storm } from "./storm.ts";
import { swizzle } from "./swizzle.ts";
import { sync } from "./sync.ts";
import { takeOver } from "./take-over.ts";
import { twin } from "./twin.ts";
import { twinReply } from "./twin-reply.ts";
import { unsubscribe } from "./unsubscribe.ts";
import { wrongFilter } from "./wrong-filter.ts";

export const CONNECTION_FAULTS: readonly FaultKind[] = [
  disconnectBeforeReply,
  cutReply,
  slowClose,
  halfOpen,
  blackHole,
  keepAlive,
  takeOver,
  twin,
  twinReply,
  keptSession,
  noSubscribe,
  wrongFilter,
  lateSubscribe,
  unsubscribe,
  flap,
  badCredentials,
  revoked,
  handshakeStall,
  slowConnect,
  refusedConnect,
  reboot,
  outage,
  swizzle,
  storm,
  sync,
  slowCohort,
  slowReader,
  clockSkew,
];
