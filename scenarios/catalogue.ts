/** The scenarios that come with rpcfleet, in the order in which they are listed. */

import { scenario as fiftyThousand } from "./fifty-thousand.ts";
import { scenario as impatientCallers } from "./impatient-callers.ts";
import { scenario as burstOfLargeRequests } from "./known-issues/burst-of-large-requests.ts";
import { scenario as clientSideUnanswered } from "./known-issues/client-side-unanswered.ts";
import { scenario as deadlineStraddle } from "./known-issues/deadline-straddle.ts";
import { scenario as duplicateReplies } from "./known-issues/duplicate-replies.ts";
import { scenario as flapping } from "./known-issues/flapping.ts";
import { scenario as gatewayRestart } from "./known-issues/gateway-restart.ts";
import { scenario as lateReplyToNextCaller } from "./known-issues/late-reply-to-next-caller.ts";
import { scenario as neverSubscribed } from "./known-issues/never-subscribed.ts";
import { scenario as order } from "./known-issues/order.ts";
import { scenario as packetIdWrap } from "./known-issues/packet-id-wrap.ts";
import { scenario as plainTextReply } from "./known-issues/plain-text-reply.ts";
import { scenario as reconnectWithoutSubscribe } from "./known-issues/reconnect-without-subscribe.ts";
import { scenario as replyBeforeAck } from "./known-issues/reply-before-ack.ts";
import { scenario as secondCall } from "./known-issues/second-call.ts";
import { scenario as silentHalfOpen } from "./known-issues/silent-half-open.ts";
import { scenario as thirtySecondWall } from "./known-issues/thirty-second-wall.ts";
import { scenario as timeoutClamp } from "./known-issues/timeout-clamp.ts";
import { scenario as tokenClash } from "./known-issues/token-clash.ts";
import { scenario as twoSessions } from "./known-issues/two-sessions.ts";
import { scenario as wrongFilter } from "./known-issues/wrong-filter.ts";
import { scenario as zeroId } from "./known-issues/zero-id.ts";
import { scenario as mixedLoad } from "./mixed-load.ts";
import type { ScenarioInput } from "./scenario.ts";
import { scenario as throughput } from "./throughput.ts";
import { scenario as timeoutBehaviour } from "./timeout-behaviour.ts";
import { scenario as twoWayLatency } from "./two-way-latency.ts";

export const DEFAULT_SCENARIO = "two-way-latency";

/** Reported problems as scenarios, each with its threads and with what a correct server does. */
const KNOWN_ISSUES: readonly ScenarioInput[] = [
  burstOfLargeRequests,
  clientSideUnanswered,
  deadlineStraddle,
  duplicateReplies,
  flapping,
  gatewayRestart,
  lateReplyToNextCaller,
  neverSubscribed,
  order,
  packetIdWrap,
  plainTextReply,
  reconnectWithoutSubscribe,
  replyBeforeAck,
  secondCall,
  silentHalfOpen,
  thirtySecondWall,
  timeoutClamp,
  tokenClash,
  twoSessions,
  wrongFilter,
  zeroId,
];

export const CATALOGUE: ReadonlyMap<string, ScenarioInput> = new Map(
  [twoWayLatency, timeoutBehaviour, throughput, mixedLoad, impatientCallers, fiftyThousand, ...KNOWN_ISSUES].map(
    (scenario) => [scenario.name, scenario],
  ),
);
