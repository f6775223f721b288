/**
 * One GET `.../rpc`: a session that takes one command and is over (contract 9.2). It ends by a command, its time, its client
 * leaving, or a newer connection of the device.
 */
import type { ServerResponse } from "node:http";
import type { SessionId } from "../../../protocol/requester/requester-io.ts";
import type { DeliverEffect } from "../../driver.ts";
import { type Answer, emptyAnswer, errorAnswer, PROBLEMS, textAnswer, writeAnswer } from "../../rest/errors.ts";
import { encodeCommand } from "../command.ts";
import type { CloseReason, DeviceLink, SessionRegistry } from "../session-registry.ts";
import { type PollLimits, startPollClock } from "./poll-clock.ts";

export interface CommandPollOptions {
  readonly device: string;
  readonly response: ServerResponse;
  readonly timerMs: number;
  readonly limits: PollLimits;
  readonly sessions: SessionRegistry;
  /** Whether a poll that ended by its time stays a subscriber until a command uses it up (quirk ghost-poller). */
  readonly staysAsGhost: boolean;
  /** Whether the device is still there. */
  readonly exists: () => boolean;
}

const DELETED = textAnswer(403, "Device was deleted!");

class CommandPoll implements DeviceLink {
  readonly #options: CommandPollOptions;
  readonly #session: SessionId;
  readonly #stopClock: () => void;
  #answered = false;

  constructor(options: CommandPollOptions) {
    this.#options = options;
    this.#session = options.sessions.open(options.device, this);
    this.#stopClock = startPollClock(options.timerMs, options.limits, (answer) => this.#timeIsUp(answer));
    // After an answer it comes too; then the client's leaving means nothing.
    options.response.on("close", () => {
      if (this.#answered) return;
      this.#answered = true;
      this.#stopClock();
      options.sessions.ended(this.#session);
    });
  }

  /** May deliver at once. */
  subscribe(): void {
    this.#options.sessions.subscribed(this.#session, { acks: false, oneShot: true });
  }

  /** A ghost swallows it. */
  deliver(request: DeliverEffect): void {
    this.#answer({ status: 200, body: encodeCommand(request), type: "json" });
    this.#options.sessions.ended(this.#session);
  }

  close(reason: CloseReason): void {
    if (reason === "shutting_down") this.#answer(errorAnswer(PROBLEMS.shuttingDown));
    else this.#answer(this.#options.exists() ? emptyAnswer(408) : DELETED);
  }

  #timeIsUp(answer: Answer | undefined): void {
    if (answer !== undefined) this.#answer(answer);
    if (!this.#options.staysAsGhost) this.#options.sessions.ended(this.#session);
  }

  #answer(answer: Answer): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#stopClock();
    if (!this.#options.response.destroyed) writeAnswer(this.#options.response, answer);
  }
}

/** Answers `response` with the device's next command, or with why there is none. */
export function pollCommand(options: CommandPollOptions): void {
  new CommandPoll(options).subscribe();
}
