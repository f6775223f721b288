/** Many devices from one CSV text (contract 12.2). A line that cannot be used is counted and named, and the others go in. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { accessToken, type Credentials } from "../store/credentials.ts";
import { ADMIN, callerOf } from "./admission.ts";
import { readBody, readValue } from "./body.ts";
import { type CsvLine, readCsv } from "./csv.ts";
import { deviceBody } from "./device-body.ts";
import type { DeviceContext } from "./devices.ts";
import { ApiError, PROBLEMS } from "./errors.ts";
import { refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";
import { readCredentials, saveDevice } from "./save-device.ts";
import type { Claims } from "./tokens.ts";

const importBody = z.object({
  file: z.string(),
  mapping: z.object({
    columns: z.array(z.object({ type: z.string(), key: z.string().nullish() })).min(1),
    delimiter: z.string().length(1).default(","),
    header: z.boolean().default(false),
    update: z.boolean().default(false),
  }),
});

type Mapping = z.output<typeof importBody>["mapping"];

/** The fields of one line by their column's type. Attributes and telemetry are discarded, as all of it is here. */
type Fields = ReadonlyMap<string, string>;

interface Tally {
  created: number;
  updated: number;
  errors: number;
  readonly errorsList: string[];
}

/** So many lines are stored at a time; other requests have their turn between. */
const BATCH = 200;

/** Adds the endpoint. */
export function addBulkImportRoute(app: FastifyInstance, context: DeviceContext): void {
  const schema = docs({
    tag: "devices",
    summary: "Make or change devices from a CSV text",
    body: importBody,
    example: {
      file: "name,type,token\nBoiler 8,boiler,boiler-8-token\n",
      mapping: {
        columns: [{ type: "NAME" }, { type: "TYPE" }, { type: "ACCESS_TOKEN" }],
        delimiter: ",",
        header: true,
        update: true,
      },
    },
    answer: { created: 1, updated: 0, errors: 0, errorsList: [] },
  });
  app.post("/api/device/bulk_import", { schema, config: { roles: ADMIN } }, async (request) => {
    const { file, mapping } = readBody(request, importBody);
    const claims = callerOf(request);
    const lines = readCsv(file, mapping.delimiter).slice(mapping.header ? 1 : 0);
    const tally: Tally = { created: 0, updated: 0, errors: 0, errorsList: [] };
    for (let start = 0; start < lines.length; start += BATCH) {
      const batch = lines.slice(start, start + BATCH);
      context.store.transaction(() => {
        for (const line of batch) importLine(line, { mapping, claims, tally }, context);
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return tally;
  });
}

interface Import {
  readonly mapping: Mapping;
  readonly claims: Claims;
  readonly tally: Tally;
}

function importLine(
  { number, fields: texts }: CsvLine,
  { mapping, claims, tally }: Import,
  context: DeviceContext,
): void {
  const fields: Fields = new Map(mapping.columns.map(({ type }, i) => [type, texts[i] ?? ""]));
  try {
    const known = context.store.deviceByName(claims.tenantId, (fields.get("NAME") ?? "").trim());
    if (known === undefined) tally.created += importNew(fields, claims, context);
    else if (mapping.update) tally.updated += importKnown(fields, known.id, claims, context);
    else throw new ApiError(PROBLEMS.duplicateDevice);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tally.errors++;
    tally.errorsList.push(`Line ${number}: ${error.message}`);
  }
}

function importNew(fields: Fields, claims: Claims, context: DeviceContext): 1 {
  saveDevice({ body: bodyOf(fields, {}), claims, credentials: credentialsOf(fields) }, context);
  return 1;
}

function importKnown(fields: Fields, id: string, claims: Claims, context: DeviceContext): 1 {
  const { store, registry, disconnect } = context;
  const old = store.deviceById(id);
  const info = old?.additionalInfo ? JSON.parse(old.additionalInfo) : {};
  const body = bodyOf(fields, { ...info });
  saveDevice({ body: { ...body, id: { id }, label: body.label ?? old?.label }, claims }, context);
  const credentials = credentialsOf(fields);
  const present = store.credentialsOf(id);
  if (credentials === undefined || present === undefined || isSame(credentials, present)) return 1;
  refusingConflicts(() => registry.updateCredentials({ ...present, ...credentials }));
  disconnect(id);
  return 1;
}

function bodyOf(fields: Fields, info: Record<string, unknown>): z.output<typeof deviceBody> {
  const gateway = fields.get("IS_GATEWAY");
  const description = fields.get("DESCRIPTION");
  const additionalInfo = {
    ...info,
    ...(gateway ? { gateway: gateway.toLowerCase() === "true" } : {}),
    ...(description ? { description } : {}),
  };
  return readValue(
    {
      name: fields.get("NAME") ?? "",
      type: fields.get("TYPE") || undefined,
      label: fields.get("LABEL") || undefined,
      additionalInfo: Object.keys(additionalInfo).length === 0 ? null : additionalInfo,
    },
    deviceBody,
  );
}

/** Undefined when the line has none. */
function credentialsOf(fields: Fields): Credentials | undefined {
  const token = fields.get("ACCESS_TOKEN");
  if (token) return accessToken(token);
  const certificate = fields.get("X509");
  if (certificate) return readCredentials({ credentialsType: "X509_CERTIFICATE", credentialsValue: certificate });
  const [clientId, userName, password] = ["MQTT_CLIENT_ID", "MQTT_USER_NAME", "MQTT_PASSWORD"].map((it) =>
    fields.get(it),
  );
  if (!(clientId || userName || password)) return undefined;
  const credentialsValue = JSON.stringify({ clientId, userName, password });
  return readCredentials({ credentialsType: "MQTT_BASIC", credentialsValue });
}

function isSame(one: Credentials, other: Credentials): boolean {
  return one.credentialsId === other.credentialsId && one.credentialsValue === other.credentialsValue;
}
