/** A device's own attributes and its requests for them, on the v1 topics of MQTT (contract 6.3, 6.6). */
import { readRequestId, V1 } from "../../protocol/topic.ts";
import type {
  DeviceConnection,
  DevicePublication,
  PublishReader,
  PublishVerdict,
} from "../transport/device-publish.ts";
import { readJsonObject } from "../transport/json-object.ts";
import { type DeviceAttributes, readKeys } from "./device-attributes.ts";

export class AttributesReader implements PublishReader {
  readonly #attributes: DeviceAttributes;

  constructor(attributes: DeviceAttributes) {
    this.#attributes = attributes;
  }

  /**
   * Takes what is an object in strict JSON. Anything else is left to the session, which tells what is malformed from what only its
   * lenient reader understands; of the latter nothing is kept.
   */
  read(connection: DeviceConnection, { topic, payload }: DevicePublication): PublishVerdict | undefined {
    const isRequest = topic.startsWith(V1.attributeRequestPrefix);
    if (topic !== V1.attributes && !isRequest) return undefined;
    const reading = readJsonObject(payload);
    if (reading.kind !== "object") return undefined;
    if (!isRequest) {
      if (!connection.meter.telemetry()) return "over_limit";
      // Too much is acknowledged all the same: no version has a code that a client would understand.
      this.#attributes.put(connection.device, "client", payload);
      return "accepted";
    }
    const id = readRequestId(topic.slice(V1.attributeRequestPrefix.length));
    if (id === undefined) return undefined;
    if (!connection.meter.message()) return "over_limit";
    const { clientKeys, sharedKeys } = reading.object;
    const wanted = { client: readKeys(clientKeys), shared: readKeys(sharedKeys) };
    const answer = this.#attributes.read(connection.device, wanted);
    // Not before the PUBACK, which is written when this has returned.
    queueMicrotask(() => connection.publish(V1.attributeResponsePrefix + id, answer));
    return "accepted";
  }

  ended(): void {
    // Nothing is kept of a connection.
  }
}
