/** The text of each request of a batch, from what its kind made once: a call costs two short strings and one join. */
import { validateHeaderValue } from "node:http";
import { bodyText, requestKey } from "../../protocol/call-body.ts";
import { DIALECTS } from "../../protocol/dialect.ts";
import type { CallBatch } from "./call-batch.ts";

/** What of a kind no call changes. */
interface KindText {
  /** Up to the device id. */
  readonly line: string;
  /** Bytes of a body whose index has one digit. */
  readonly bytes: number;
}

export interface RequestPlace {
  readonly kind: number;
  readonly device: number;
  /** Index of the call in the run. */
  readonly index: number;
  /** Index of the call whose requestUUID it carries; undefined: it carries none. */
  readonly keyOf: number | undefined;
}

export class RequestText {
  readonly #batch: CallBatch;
  readonly #headers: string;
  readonly #kinds: readonly KindText[];

  /** `keyed`: calls carry a requestUUID. Throws when the token would break out of its header. */
  constructor(batch: CallBatch, keyed: boolean) {
    this.#batch = batch;
    const authorization = `Bearer ${batch.token}`;
    validateHeaderValue("x-authorization", authorization);
    this.#headers = ` HTTP/1.1\r\nhost: ${new URL(batch.url).host}\r\nx-authorization: ${authorization}\r\n`;
    const { rpcPath } = DIALECTS[batch.dialect];
    const key = keyed ? requestKey(batch.runTag, 0) : "";
    this.#kinds = batch.kinds.map(({ oneway, body }) => ({
      line: `POST ${rpcPath}/${oneway ? "oneway" : "twoway"}/`,
      bytes: Buffer.byteLength(bodyText(body, "0", key)),
    }));
  }

  call({ kind, device, index, keyOf }: RequestPlace): string {
    const { deviceIds, kinds, runTag } = this.#batch;
    const { line, bytes } = this.#kinds[kind] as KindText;
    const { body } = kinds[kind] as CallBatch["kinds"][number];
    const text = String(index);
    const length = body.padding === "" ? bytes + text.length - 1 : bytes;
    const head = `${line}${deviceIds[device]}${this.#headers}content-type: application/json\r\ncontent-length: ${length}`;
    return `${head}\r\n\r\n${bodyText(body, text, keyOf === undefined ? "" : requestKey(runTag, keyOf))}`;
  }

  /** Asks for a persistent call's record. */
  record(id: string): string {
    return this.#get(`/api/rpc/persistent/${encodeURIComponent(id)}`);
  }

  /** A first request, which makes the server do all that a connection costs. */
  warmUp(): string {
    return this.#get("/api/auth/user");
  }

  #get(path: string): string {
    return `GET ${path}${this.#headers}\r\n`;
  }
}
