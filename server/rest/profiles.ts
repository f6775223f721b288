/** Device profiles, as far as load tools need them: saved and given back, with the name as their devices' type (contract 12.5). */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ProfileRow } from "../store/profile-rows.ts";
import type { Store } from "../store/store.ts";
import { ADMIN, callerOf } from "./admission.ts";
import { entityId, readBody } from "./body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { pageJson, pageQuery, readPage } from "./page.ts";
import { idOf, idOrNew, ofTenant, refusingConflicts } from "./reach.ts";
import { docs } from "./route-docs.ts";

export interface ProfileContext {
  readonly store: Store;
  readonly oldPaging: boolean;
}

type ById = { Params: { id: string } };

const TAG = "device profiles";
const DEFAULT = "default";
const COLUMNS = ["createdTime", "name"];
const EXAMPLE = profileJson({
  id: "71c40a30-52a4-11f0-9c1b-7f3a0d4e8b21",
  tenantId: "5a2e9d10-51ff-11f0-8d3c-2b7e6c9a4f10",
  name: "boiler",
  createdTime: 1767225600000,
  body: null,
});

/** What else a profile has is kept as it comes. */
const profileBody = z.looseObject({
  id: entityId,
  name: z.string().trim().min(1, "Device profile name should be specified!").max(255),
});

/** Adds the endpoints of device profiles. */
export function addProfileRoutes(app: FastifyInstance, { store, oldPaging }: ProfileContext): void {
  const config = { roles: ADMIN };
  const { profiles } = store;
  const save = docs({
    tag: TAG,
    summary: "Make a device profile, or change it when the body has an id",
    body: profileBody,
    example: { name: "boiler", type: "DEFAULT", transportType: "DEFAULT" },
    answer: EXAMPLE,
    refusals: [400, 404],
  });
  app.post("/api/deviceProfile", { schema: save, config }, async (request) => {
    const claims = callerOf(request);
    const { id: given, name, ...rest } = readBody(request, profileBody);
    const { id, isNew } = idOrNew(given);
    const body = JSON.stringify(rest);
    const profile = isNew
      ? { id, tenantId: claims.tenantId, name, createdTime: Date.now(), body }
      : { ...ofTenant(profiles.byId(id), claims, { kind: "Device profile", id }), name, body };
    refusingConflicts(() => (isNew ? profiles.insert(profile) : profiles.update(profile)));
    return profileJson(profile);
  });
  const one = docs({ tag: TAG, summary: "A device profile", answer: EXAMPLE, refusals: [400, 404] });
  app.get<ById>("/api/deviceProfile/:id", { schema: one, config }, async (request) => {
    const id = idOf(request.params.id);
    return profileJson(ofTenant(profiles.byId(id), callerOf(request), { kind: "Device profile", id }));
  });
  const list = docs({
    tag: TAG,
    summary: "Device profiles of the tenant",
    query: pageQuery,
    answer: { data: [EXAMPLE], totalPages: 1, totalElements: 1, hasNext: false },
  });
  app.get<{ Querystring: Record<string, string> }>("/api/deviceProfiles", { schema: list, config }, async (request) => {
    const wanted = readPage(request.query, { columns: COLUMNS, oldPaging });
    return pageJson(profiles.page(callerOf(request).tenantId, wanted), wanted, profileJson);
  });
  const remove = docs({ tag: TAG, summary: "Delete a device profile that no device has", refusals: [400, 404] });
  app.delete<ById>("/api/deviceProfile/:id", { schema: remove, config }, async (request, reply) => {
    const id = idOf(request.params.id);
    const profile = ofTenant(profiles.byId(id), callerOf(request), { kind: "Device profile", id });
    if (profile.name === DEFAULT) throw invalid("Deletion of Default Device Profile is prohibited!");
    if (profiles.isUsed(id)) throw invalid("The device profile referenced by the devices cannot be deleted!");
    profiles.delete(id);
    return reply.code(200).send();
  });
}

function profileJson({ id, tenantId, name, createdTime, body }: ProfileRow): Record<string, unknown> {
  return {
    type: "DEFAULT",
    transportType: "DEFAULT",
    provisionType: "DISABLED",
    ...(body === null ? {} : JSON.parse(body)),
    id: { entityType: "DEVICE_PROFILE", id },
    createdTime,
    tenantId: { entityType: "TENANT", id: tenantId },
    name,
    default: name === DEFAULT,
  };
}

function invalid(message: string): ApiError {
  return new ApiError(withMessage(PROBLEMS.invalidBody, message));
}
