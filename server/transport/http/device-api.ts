/** The HTTP device API on the REST port (contract section 9; 13.4 for Tempus). No call of it needs a user's token. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Dialect } from "../../../protocol/dialect.ts";
import { readRequestId } from "../../../protocol/topic.ts";
import { type DeviceAttributes, readKeys } from "../../attributes/device-attributes.ts";
import { readClientRequest } from "../../client-rpc/client-request.ts";
import type { ClientAnswer, ClientRpc } from "../../client-rpc/client-rpc.ts";
import type { LiveDriver } from "../../driver.ts";
import { type Answer, emptyAnswer, errorAnswer, PROBLEMS, writeAnswer } from "../../rest/errors.ts";
import { methodNotAllowed } from "../../rest/rpc.ts";
import { readJsonObject } from "../json-object.ts";
import type { MessageLimits, MessageMeter } from "../message-limits.ts";
import type { SessionRegistry } from "../session-registry.ts";
import { takeBody } from "./body.ts";
import { pollCommand } from "./command-poll.ts";
import {
  missingBody,
  notANumber,
  OVER_LIMIT,
  refusalOfCall,
  refusalOfUpload,
  UNKNOWN_TOKEN,
} from "./device-answers.ts";
import { type DeviceUrl, readDeviceUrl } from "./device-url.ts";
import { hangUntilWall, type PollLimits, readTimer, startPollClock, wallAnswer, wallMsOf } from "./poll-clock.ts";

export interface DeviceApiContext {
  readonly registry: {
    deviceOfToken(accessToken: string): string | undefined;
    /** Undefined when the device is gone. */
    ownerOf(device: string): unknown;
  };
  readonly driver: Pick<LiveDriver, "reply" | "totals">;
  readonly sessions: SessionRegistry;
  readonly clientRpc: ClientRpc;
  readonly limits: Pick<MessageLimits, "of">;
  readonly attributes: DeviceAttributes;
  readonly dialect: Dialect;
  readonly staysAsGhost: boolean;
  readonly logger: Logger;
}

/** Answers a request when its URL is one of the device API; returns false, having done nothing, when it is not. */
export type DeviceRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

/** `transport.http.max_payload_size` */
const RPC_LIMIT_BYTES = 65_536;
export const UPLOAD_LIMIT_BYTES = 52_428_800;

export function createDeviceApi(context: DeviceApiContext): DeviceRoute {
  const api = new DeviceApi(context);
  return (request, response) => {
    const url = readDeviceUrl(request.url as string);
    if (url === undefined) return false;
    api.answerSafely(url, request, response);
    return true;
  };
}

class DeviceApi {
  readonly #context: DeviceApiContext;
  readonly #tempus: boolean;

  constructor(context: DeviceApiContext) {
    this.#context = context;
    this.#tempus = context.dialect.name === "tempus";
  }

  answerSafely(url: DeviceUrl, request: IncomingMessage, response: ServerResponse): void {
    this.#guarded(response, () => this.#answer(url, request, response));
  }

  /** A fault of ours ends this request, not the server. */
  #guarded(response: ServerResponse, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#context.logger.error({ err: error }, "a device's request could not be answered");
      if (!response.headersSent) writeAnswer(response, errorAnswer(PROBLEMS.internal));
    }
  }

  #answer(url: DeviceUrl, request: IncomingMessage, response: ServerResponse): void {
    const method = request.method as string;
    if (method !== this.#methodOf(url, method)) {
      writeAnswer(response, errorAnswer(methodNotAllowed(method)));
    } else if (method === "GET") {
      this.#get(url, response);
    } else {
      const limit = url.feature === "rpc" ? RPC_LIMIT_BYTES : UPLOAD_LIMIT_BYTES;
      takeBody({ request, response }, limit, (body) => this.#guarded(response, () => this.#post(url, body, response)));
    }
  }

  /** The method that the URL takes; `asked` when it takes that one too. */
  #methodOf({ feature, id }: DeviceUrl, asked: string): string {
    if (feature === "attributes/updates") return "GET";
    const both = feature === "attributes" || (feature === "rpc" && id === undefined);
    return both && asked === "GET" ? "GET" : "POST";
  }

  #get({ token, feature, query }: DeviceUrl, response: ServerResponse): void {
    const { registry, sessions, staysAsGhost } = this.#context;
    const timerMs = readTimer(query);
    const device = registry.deviceOfToken(token);
    if (feature !== "attributes" && timerMs === undefined) {
      writeAnswer(response, notANumber("timeout", query));
    } else if (device === undefined) writeAnswer(response, UNKNOWN_TOKEN);
    else if (feature === "attributes") writeAnswer(response, this.#attributes(device, query));
    else if (feature === "attributes/updates") this.#awaitUpdate(timerMs as number, response);
    else if (!this.#context.limits.of(device).message()) hangUntilWall(this.#pollLimits, response);
    else {
      const limits = this.#pollLimits;
      const exists = (): boolean => registry.ownerOf(device) !== undefined;
      pollCommand({ device, response, timerMs: timerMs as number, limits, sessions, staysAsGhost, exists });
    }
  }

  #post({ token, feature, id }: DeviceUrl, body: string, response: ServerResponse): void {
    const requestId = id === undefined ? undefined : readRequestId(id);
    const device = this.#context.registry.deviceOfToken(token);
    if (id !== undefined && requestId === undefined) writeAnswer(response, notANumber("requestId", id));
    // A claim needs no body; nothing is kept of it.
    else if (body === "" && feature !== "claim") writeAnswer(response, missingBody());
    else if (device === undefined) writeAnswer(response, UNKNOWN_TOKEN);
    else if (requestId !== undefined) writeAnswer(response, this.#reply(device, requestId, body));
    else if (feature === "rpc") this.#callServer(device, body, response);
    else if (feature === "claim") writeAnswer(response, this.#taken(device, "message"));
    else {
      const refusal = refusalOfUpload(readJsonObject(body), feature, this.#tempus);
      const taken = refusal ?? this.#taken(device, "telemetry");
      if (taken.status === 200 && feature === "attributes") this.#context.attributes.put(device, "client", body);
      writeAnswer(response, taken);
    }
  }

  /** S20 for what is answered at once. */
  #taken(device: string, kind: keyof MessageMeter): Answer {
    return this.#context.limits.of(device)[kind]() ? emptyAnswer(200) : OVER_LIMIT;
  }

  get #pollLimits(): PollLimits {
    return { wall: this.#context.dialect.wall, tempus: this.#tempus };
  }

  /** Only Tempus says 404 when there are none. */
  #attributes(device: string, query: string): Answer {
    const keys = new URLSearchParams(query);
    const wanted = { client: readKeys(keys.get("clientKeys")), shared: readKeys(keys.get("sharedKeys")) };
    const body = this.#context.attributes.read(device, wanted);
    return this.#tempus && body === "{}" ? emptyAnswer(404) : { status: 200, body, type: "json" };
  }

  /** Updates of shared attributes are pushed over MQTT alone: a poll for them ends by its time. */
  #awaitUpdate(timerMs: number, response: ServerResponse): void {
    const stop = startPollClock(timerMs, this.#pollLimits, (answer) => {
      if (answer !== undefined) writeAnswer(response, answer);
    });
    response.on("close", stop);
  }

  #reply(device: string, requestId: number, body: string): Answer {
    const { driver, limits } = this.#context;
    if (this.#tempus && readJsonObject(body).kind !== "object") return emptyAnswer(400);
    if (!limits.of(device).message()) return OVER_LIMIT;
    if (!this.#tempus) {
      driver.reply(device, requestId, body);
      return emptyAnswer(200);
    }
    const before = strays(driver);
    driver.reply(device, requestId, body);
    // There the answer waits for the device's actor, which knows no such request any more.
    return emptyAnswer(strays(driver) === before ? 200 : 500);
  }

  #callServer(device: string, body: string, response: ServerResponse): void {
    const { clientRpc, limits } = this.#context;
    const reading = readClientRequest(body);
    const refusal = refusalOfCall(reading, this.#tempus);
    if (refusal !== undefined || reading.kind !== "request") {
      writeAnswer(response, refusal ?? emptyAnswer(500));
      return;
    }
    if (!limits.of(device).message()) {
      hangUntilWall(this.#pollLimits, response);
      return;
    }
    const { method, params } = reading;
    const forget = clientRpc.call({ device, method, params }, (answer) => {
      clearTimeout(wall);
      if (!response.destroyed) writeAnswer(response, this.#clientAnswer(answer));
    });
    const wall = setTimeout(() => {
      forget();
      writeAnswer(response, wallAnswer());
    }, wallMsOf(this.#pollLimits));
    response.on("close", () => {
      clearTimeout(wall);
      forget();
    });
  }

  /** Only Tempus tells by the status that nobody answered. */
  #clientAnswer({ kind, body }: ClientAnswer): Answer {
    const unanswered = kind === "no_rule" ? 400 : kind === "timeout" && this.#tempus ? 408 : 200;
    return { status: unanswered, body, type: "json" };
  }
}

function strays(driver: Pick<LiveDriver, "totals">): number {
  const { late, duplicate, unknown } = driver.totals().strays;
  return late + duplicate + unknown;
}
