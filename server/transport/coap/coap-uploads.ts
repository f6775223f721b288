/** What a device sends by CoAP: replies, its own calls, telemetry and attributes (contract 10.1). */
import type { ObserveWriteStream, OutgoingMessage } from "coap";
import { readRequestId } from "../../../protocol/topic.ts";
import { readClientRequest } from "../../client-rpc/client-request.ts";
import type { ClientRpc } from "../../client-rpc/client-rpc.ts";
import type { LiveDriver } from "../../driver.ts";
import { isObject, type JsonReading, readJsonObject } from "../json-object.ts";
import type { MessageLimits } from "../message-limits.ts";
import type { CoapPath } from "./coap-path.ts";

/** The library gives a GET with Observe another kind of response than the rest. */
export type CoapResponse = OutgoingMessage | ObserveWriteStream;

export interface CoapUploadsOptions {
  readonly driver: Pick<LiveDriver, "reply">;
  readonly clientRpc: ClientRpc;
  readonly limits: Pick<MessageLimits, "of">;
  /** `transport.coap.timeout`: a client-side call that takes longer is not answered at all. */
  readonly clientRpcTimeoutMs: number;
}

export interface CoapUpload {
  readonly device: string;
  readonly path: CoapPath & { readonly kind: "feature" };
  readonly body: string;
}

/** What a message too many is answered with, whatever it is (S20). */
export const OVER_LIMIT = "5.00";

/** Sends a response that has a code and perhaps a payload. */
export function respond(response: CoapResponse, code: string, payload?: string): void {
  response.statusCode = code;
  response.end(payload);
}

export class CoapUploads {
  readonly #options: CoapUploadsOptions;
  /** Client-side calls that wait, and what forgets each. */
  readonly #open = new Map<CoapResponse, () => void>();

  constructor(options: CoapUploadsOptions) {
    this.#options = options;
  }

  answer({ device, path, body }: CoapUpload, response: CoapResponse): void {
    if (path.feature !== "rpc") respond(response, this.#upload(device, path.feature, body));
    else if (path.id === undefined) this.#callServer(device, body, response);
    else respond(response, this.#reply(device, path.id, body));
  }

  /** Whoever waits hears that the server stops; the library would otherwise write to a closed socket. */
  close(): void {
    for (const [response, forget] of this.#open) {
      forget();
      respond(response, "5.03");
    }
    this.#open.clear();
  }

  #upload(device: string, feature: string, body: string): string {
    if (!isData(readJsonObject(body), feature)) return "4.00";
    const meter = this.#options.limits.of(device);
    return (feature === "claim" ? meter.message() : meter.telemetry()) ? "2.01" : OVER_LIMIT;
  }

  #reply(device: string, id: string, body: string): string {
    const requestId = readRequestId(id);
    if (requestId === undefined || readJsonObject(body).kind !== "object") return "5.00";
    if (!this.#options.limits.of(device).message()) return OVER_LIMIT;
    this.#options.driver.reply(device, requestId, body);
    return "2.01";
  }

  #callServer(device: string, body: string, response: CoapResponse): void {
    const request = readClientRequest(body);
    if (request.kind !== "request") {
      respond(response, "4.00");
      return;
    }
    if (!this.#options.limits.of(device).message()) {
      respond(response, OVER_LIMIT);
      return;
    }
    const { method, params } = request;
    const end = (): void => {
      clearTimeout(timer);
      this.#open.delete(response);
    };
    const forget = this.#options.clientRpc.call({ device, method, params }, ({ kind, body: answer }) => {
      end();
      respond(response, kind === "no_rule" ? "4.00" : "2.05", answer);
    });
    const timer = setTimeout(() => {
      end();
      forget();
    }, this.#options.clientRpcTimeoutMs);
    this.#open.set(response, () => {
      clearTimeout(timer);
      forget();
    });
  }
}

/** Telemetry may be an array of objects as well; a claim may be empty. */
function isData(reading: JsonReading, feature: string): boolean {
  if (reading.kind === "object" || feature === "claim") return true;
  return feature === "telemetry" && reading.kind === "not_object" && isArrayOfObjects(reading.value);
}

function isArrayOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every(isObject);
}
