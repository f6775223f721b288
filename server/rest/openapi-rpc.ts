/** What the OpenAPI document says of server-side RPC, by hand: its requests never reach Fastify (contract 4). */
import type { Dialect } from "../../protocol/dialect.ts";
import { refusal } from "./route-docs.ts";

type Document = Record<string, unknown>;

const DEVICE_ID = {
  name: "deviceId",
  in: "path",
  required: true,
  schema: { type: "string", format: "uuid" },
  example: "6f1d0c2e-52a4-11f0-9c1b-7f3a0d4e8b21",
};

const METHOD = { type: "string", description: "Name of the method" };
const PARAMS = { description: "Any JSON; handed to the device as it is" };
const TIMEOUT = { type: "integer", description: "Milliseconds; raised to the server's minimum" };

const TEMPUS_BODY = {
  type: "object",
  required: ["method", "params"],
  properties: { method: METHOD, params: PARAMS, timeout: TIMEOUT },
};

const BODY = {
  type: "object",
  required: ["method"],
  properties: {
    method: METHOD,
    params: PARAMS,
    timeout: TIMEOUT,
    expirationTime: { type: "integer", description: "Epoch milliseconds; wins over timeout" },
    persistent: { type: "boolean", default: false, description: "Store the call and answer with its id at once" },
    retries: { type: "integer", description: "Persistent calls: deliveries after the first" },
    additionalInfo: { description: "Persistent calls: any JSON, kept with the call" },
    requestUUID: { type: "string", format: "uuid" },
  },
};

const text = (description: string, example: string): Document => ({
  description,
  content: { "text/plain": { schema: { type: "string" }, example } },
});
const empty = (description: string): Document => ({ description });

const RPC_ID = { ...DEVICE_ID, name: "rpcId" };
const RPC = {
  id: { entityType: "RPC", id: "6f1d0c2e-52a4-11f0-9c1b-7f3a0d4e8b21" },
  createdTime: 1767225600000,
  expirationTime: 1767225660000,
  request: { oneway: false, body: { method: "openValve", params: "{}" }, retries: 5 },
  response: null,
  status: "QUEUED",
  additionalInfo: null,
};
const PAGE = { data: [RPC], totalPages: 1, totalElements: 1, hasNext: false };
const inQuery = (name: string, type: string, required = false): Document => ({
  name,
  in: "query",
  required,
  schema: { type },
});
const answer = (description: string, example: unknown): Document => ({
  description,
  content: { "application/json": { schema: { type: "object" }, example } },
});
const REFUSALS = { 400: refusal(400), 401: refusal(401), 403: refusal(403), 404: refusal(404), 429: refusal(429) };

const PERSISTENT_PATHS: Record<string, Document> = {
  "/api/rpc/persistent/{rpcId}": {
    get: {
      tags: ["rpc"],
      summary: "A persistent call and what became of it",
      parameters: [RPC_ID],
      responses: { 200: answer("The call.", RPC), ...REFUSALS },
    },
    delete: {
      tags: ["rpc"],
      summary: "Delete a persistent call",
      parameters: [RPC_ID],
      responses: { 200: empty("Done; the body is empty."), ...REFUSALS },
    },
  },
  "/api/rpc/persistent/device/{deviceId}": {
    get: {
      tags: ["rpc"],
      summary: "Persistent calls of a device",
      parameters: [
        DEVICE_ID,
        inQuery("pageSize", "integer", true),
        inQuery("page", "integer", true),
        ...["rpcStatus", "sortProperty", "sortOrder"].map((name) => inQuery(name, "string")),
      ],
      responses: { 200: answer("A page of calls.", PAGE), ...REFUSALS },
    },
  },
};

/** The paths of RPC in the families that a server answers. */
export function rpcPaths(families: readonly Dialect[]): Record<string, Document> {
  const paths: Record<string, Document> = {};
  for (const dialect of families) {
    for (const type of ["oneway", "twoway"] as const) {
      paths[`${dialect.rpcPath}/${type}/{deviceId}`] = { post: operation(dialect, type === "oneway") };
    }
  }
  return families.some(({ name }) => name === "tb-v2") ? { ...paths, ...PERSISTENT_PATHS } : paths;
}

function operation(dialect: Dialect, oneway: boolean): Document {
  const tempus = dialect.name === "tempus";
  return {
    tags: ["rpc"],
    summary: oneway ? "Call a device and do not wait for its answer" : "Call a device and wait for its answer",
    parameters: [DEVICE_ID],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: tempus ? TEMPUS_BODY : BODY,
          example: oneway
            ? { method: "openValve", params: { percent: 40 }, timeout: 6_000 }
            : { method: "readPressure", params: {}, timeout: 6_000 },
        },
      },
    },
    responses: responses(dialect, oneway),
  };
}

function responses(dialect: Dialect, oneway: boolean): Record<string, Document> {
  const success = oneway
    ? empty("Handed to a connection of the device; the body is empty.")
    : {
        description: "The device's answer.",
        content: { "application/json": { schema: {}, example: { bar: 1.8 } } },
      };
  const all: Record<string, Document> = {
    200: success,
    400: dialect.badRequest === "empty" ? empty("The request does not fit.") : refusal(400),
    401: refusal(401),
    403: text(
      "Another customer's device, or a system administrator.",
      "You don't have permission to perform this operation!",
    ),
    404: text("No such device in the caller's tenant.", "Device with requested id wasn't found!"),
    413: {
      description: "The body is too long.",
      content: {
        "application/json": { schema: { type: "string" }, example: "Payload size exceeds the limit of 16777216 bytes" },
      },
    },
    429: refusal(429),
    [dialect.noConnectionStatus]: empty("No connection until the timeout."),
    [dialect.timeoutStatus]: empty("No answer until the timeout."),
  };
  if (!oneway) all[406] = empty("The device's answer is not JSON.");
  if (dialect.wall !== undefined) all[500] = { ...refusal(500), description: "No answer in 30 s, or no method." };
  return all;
}
