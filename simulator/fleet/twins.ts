/**
 * Further connections of one device beside its own, each with a client id of its own (D9, C5 of the fault menu). A twin that loses
 * its connection stays away.
 */
import type { EndHow } from "../../protocol/reaction.ts";
import type { OutgoingReply, Session } from "../session/session.ts";

export class Twins {
  readonly #sessions: readonly Session[];
  readonly #mirrors: boolean;

  /** `mirrors`: they hear no requests; instead each repeats every reply of the device's own connection. */
  constructor(sessions: readonly Session[], mirrors: boolean) {
    this.#sessions = sessions;
    this.#mirrors = mirrors;
  }

  /** The connection that effects name `via`, from 1. */
  carrier(via: number): Session | undefined {
    return this.#sessions[via - 1];
  }

  mirror(reply: OutgoingReply): void {
    if (this.#mirrors) for (const session of this.#sessions) session.reply(reply);
  }

  ping(): void {
    for (const session of this.#sessions) session.ping();
  }

  end(how: EndHow): void {
    for (const session of this.#sessions) session.end(how);
  }

  dispose(): void {
    for (const session of this.#sessions) session.dispose();
  }
}
