/** Faults that befall one request or its reply, or the packets of both (groups A to C of the fault menu), in the menu's order. */

import { ackOnly } from "./ack-only.ts";
import { bandwidth } from "./bandwidth.ts";
import { burstLoss } from "./burst-loss.ts";
import { coalesce } from "./coalesce.ts";
import { corrupt } from "./corrupt.ts";
import { degrade } from "./degrade.ts";
import { delayReply } from "./delay-reply.ts";
import type { FaultKind } from "./device-fault.ts";
import { drip } from "./drip.ts";
import { dropReply } from "./drop-reply.ts";
import { duplicate } from "./duplicate.ts";
import { duplicateRequest } from "./duplicate-request.ts";
import { earlyReply } from "./early-reply.ts";
import { emptyReply } from "./empty-reply.ts";
import { errorReply } from "./error-reply.ts";
import { garbage } from "./garbage.ts";
import { hang } from "./hang.ts";
import { hostileJson } from "./hostile-json.ts";
import { jam } from "./jam.ts";
import { jitter } from "./jitter.ts";
import { lateReply } from "./late-reply.ts";
import { lose } from "./lose.ts";
import { malformedPacket } from "./malformed-packet.ts";
import { noAck } from "./no-ack.ts";
import { offlineFlush } from "./offline-flush.ts";
import { overlapping } from "./overlapping.ts";
import { oversize } from "./oversize.ts";
import { packetId } from "./packet-id.ts";
import { qosDowngrade } from "./qos-downgrade.ts";
import { reorder } from "./reorder.ts";
import { retain } from "./retain.ts";
import { slowStart } from "./slow-start.ts";
import { split } from "./split.ts";
import { spoof } from "./spoof.ts";
import { stale } from "./stale.ts";
import { stall } from "./stall.ts";
import { stateLoss } from "./state-loss.ts";
import { straddle } from "./straddle.ts";
import { truncate } from "./truncate.ts";
import { veryLateReply } from "./very-late-reply.ts";
import { windowStall } from "./window-stall.ts";
import { wrongId } from "./wrong-id.ts";
import { wrongTopic } from "./wrong-topic.ts";
import { zeroId } from "./zero-id.ts";

export const REQUEST_FAULTS: readonly FaultKind[] = [
  delayReply,
  jitter,
  straddle,
  dropReply,
  lateReply,
  veryLateReply,
  earlyReply,
  ackOnly,
  noAck,
  slowStart,
  degrade,
  stall,
  hang,
  emptyReply,
  garbage,
  truncate,
  malformedPacket,
  wrongId,
  zeroId,
  spoof,
  wrongTopic,
  oversize,
  errorReply,
  hostileJson,
  stale,
  retain,
  lose,
  burstLoss,
  stateLoss,
  duplicateRequest,
  duplicate,
  reorder,
  corrupt,
  drip,
  split,
  coalesce,
  bandwidth,
  jam,
  windowStall,
  packetId,
  qosDowngrade,
  offlineFlush,
  overlapping,
];
