/**
 * A connection that provisions and nothing else (contract 12.4): it may subscribe to the answers and publish requests. Anything else
 * it publishes ends it, and so does the time after the first answer, in MQTT 5 without a DISCONNECT.
 */
import type { Provision } from "../../provisioning/provision.ts";
import type { PublishVerdict } from "../device-publish.ts";
import type { MqttSession, UnsubscribeAnswer } from "./device-session.ts";
import type { MqttLink } from "./mqtt-link.ts";

export interface Provisioning {
  readonly provision: Provision;
  /** The connection is closed this long after its first answer. */
  readonly closeAfterMs: number;
}

const REQUEST_TOPIC = "/provision/request";
export const PROVISION_RESPONSE_TOPIC = "/provision/response";

export class ProvisionSession implements MqttSession {
  readonly #link: MqttLink;
  readonly #provisioning: Provisioning;
  /** Undefined while it is not subscribed. */
  #qos: 0 | 1 | undefined;
  /** An answer that follows the acknowledgement of its request. */
  #answer: string | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(link: MqttLink, provisioning: Provisioning) {
    this.#link = link;
    this.#provisioning = provisioning;
  }

  grant(filter: string, qos: 0 | 1 | 2): 0 | 1 | undefined {
    if (filter !== PROVISION_RESPONSE_TOPIC) return undefined;
    this.#qos = qos === 0 ? 0 : 1;
    return this.#qos;
  }

  subscribed(): void {}

  unsubscribe(filter: string): UnsubscribeAnswer {
    const was = this.#qos;
    if (filter !== PROVISION_RESPONSE_TOPIC || was === undefined) return "no_subscription";
    this.#qos = undefined;
    return "done";
  }

  receive(topic: string, payload: Buffer): PublishVerdict {
    if (topic !== REQUEST_TOPIC) return "forbidden_topic";
    const { kind, body } = this.#provisioning.provision(payload.toString());
    if (kind !== "answered") return kind;
    this.#answer = body;
    return "accepted";
  }

  /** At QoS 1 to a client that did not subscribe, which is answered all the same. */
  release(): void {
    if (this.#answer === undefined) return;
    this.#link.publish(PROVISION_RESPONSE_TOPIC, this.#answer, this.#qos ?? 1);
    this.#answer = undefined;
    this.#closeTimer ??= setTimeout(() => this.#link.hangUp(), this.#provisioning.closeAfterMs);
  }

  end(): void {
    clearTimeout(this.#closeTimer);
    this.#link.end();
  }
}
