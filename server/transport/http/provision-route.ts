/** Provisioning over HTTP: always 200, the body tells (contract 12.4). Nobody has to be known to ask. */
import type { Provision } from "../../provisioning/provision.ts";
import { errorAnswer, writeAnswer } from "../../rest/errors.ts";
import { methodNotAllowed } from "../../rest/rpc.ts";
import { takeBody } from "./body.ts";
import { type DeviceRoute, UPLOAD_LIMIT_BYTES } from "./device-api.ts";

const PATH = "/api/v1/provision";

export function createProvisionRoute(provision: Provision): DeviceRoute {
  return (request, response) => {
    if ((request.url as string).split("?", 1)[0] !== PATH) return false;
    const method = request.method as string;
    if (method === "POST") {
      takeBody({ request, response }, UPLOAD_LIMIT_BYTES, (body) => {
        writeAnswer(response, { status: 200, body: provision(body).body, type: "json" });
      });
    } else writeAnswer(response, errorAnswer(methodNotAllowed(method)));
    return true;
  };
}
