/** Shared attributes of a device over REST: stored, and pushed to its connections that subscribed to them (contract 6.6). */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { DeviceAttributes } from "../attributes/device-attributes.ts";
import type { Store } from "../store/store.ts";
import { ADMIN_OR_CUSTOMER, callerOf } from "./admission.ts";
import { bodyText, readBody } from "./body.ts";
import { ApiError, PROBLEMS, withMessage } from "./errors.ts";
import { deviceOf } from "./reach.ts";
import { docs } from "./route-docs.ts";

export interface AttributesContext {
  readonly store: Store;
  readonly attributes: DeviceAttributes;
  /** Hands JSON text to the connections of a device that want its shared attributes. */
  readonly pushAttributes: (device: string, json: string) => void;
}

const sharedBody = z.record(z.string(), z.unknown());

export function addAttributeRoutes(app: FastifyInstance, context: AttributesContext): void {
  const schema = docs({
    tag: "devices",
    summary: "Set shared attributes of a device; it is told when it subscribed to them",
    body: sharedBody,
    example: { targetTemperature: 21.5 },
    refusals: [400, 404],
  });
  app.post<{ Params: { id: string } }>(
    "/api/plugins/telemetry/DEVICE/:id/SHARED_SCOPE",
    { schema, config: { roles: ADMIN_OR_CUSTOMER } },
    async (request, reply) => {
      const device = deviceOf(request.params.id, callerOf(request), context.store);
      readBody(request, sharedBody);
      const json = bodyText(request);
      if (!context.attributes.put(device.id, "shared", json)) {
        throw new ApiError(withMessage(PROBLEMS.invalidBody, "Too many attributes, or too long ones, for one device"));
      }
      context.pushAttributes(device.id, json);
      return reply.code(200).send();
    },
  );
}
