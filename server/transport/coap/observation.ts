/**
 * One observation of `.../rpc`: a session whose requests leave as notifications, confirmable when the GET was (contract 10.1).
 * The library's stream sends and repeats them; which notification was which message is learnt by looking over its shoulder.
 */
import type { ObserveWriteStream } from "coap";
import type { DeliverEffect } from "../../driver.ts";
import { encodeCommand } from "../command.ts";
import type { CloseReason, DeviceLink } from "../session-registry.ts";

export interface ObservationOptions {
  readonly stream: ObserveWriteStream;
  /** A notification left as this message; `requestId` is undefined when its acknowledgement matters to nobody. */
  readonly notified: (messageId: number, requestId: number | undefined) => void;
  /** A request is too long for one message. */
  readonly undeliverable: (requestId: number, reason: string) => void;
  /** The session has ended by the server's doing. */
  readonly closed: () => void;
}

const ACCEPTED = "2.03";
const COMMAND = "2.05";
const OVER = "2.02";
const SHUTTING_DOWN = "5.03";

export class Observation implements DeviceLink {
  readonly #options: ObservationOptions;
  #messageId: number | undefined;
  #failure: string | undefined;

  constructor(options: ObservationOptions) {
    this.#options = options;
    const { stream } = options;
    const send = stream._send;
    stream._send = (message, packet) => {
      send(message, packet);
      this.#messageId = packet.messageId;
    };
    stream.on("error", (error) => {
      this.#failure = error.message;
    });
  }

  /** Answers the GET: Observe 0, no payload. The library itself would begin with 1. */
  accept(): void {
    const { stream } = this.#options;
    stream.statusCode = ACCEPTED;
    stream.setOption("Observe", 0);
    stream._doSend();
    stream.statusCode = COMMAND;
  }

  deliver(request: DeliverEffect): void {
    const { stream, notified, undeliverable } = this.#options;
    this.#failure = undefined;
    // The library would send a notification to a non-confirmable observer as an acknowledgement.
    stream._packet.ack = false;
    stream.write(encodeCommand(request));
    const failure = this.#failure as string | undefined;
    if (failure !== undefined) {
      // Not in the middle of the effects that this delivery is one of.
      queueMicrotask(() => undeliverable(request.requestId, failure));
    } else if (this.#messageId !== undefined) {
      notified(this.#messageId, request.awaitsAck ? request.requestId : undefined);
    }
  }

  close(reason: CloseReason): void {
    const { stream, closed } = this.#options;
    closed();
    stream.statusCode = reason === "shutting_down" ? SHUTTING_DOWN : OVER;
    stream._packet.ack = false;
    // A message without an Observe option ends the observation at the client too (RFC 7641, 4.2).
    stream._packet.options = (stream._packet.options ?? []).filter(({ name }) => name !== "Observe");
    stream._doSend();
  }
}
