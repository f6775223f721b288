/** The OpenAPI document, made from the routes' own schemas, at /swagger/json and /v3/api-docs, and as a page at /swagger. */
import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import type { Dialect } from "../../protocol/dialect.ts";
import { type OpenApi, openApiPage } from "./openapi-page.ts";
import { rpcPaths } from "./openapi-rpc.ts";

/** Before the routes: it describes those that are added after it. */
export function addOpenApi(app: FastifyInstance, families: readonly Dialect[]): void {
  app.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: "3.0.3",
      info: {
        title: "rpcfleet server",
        description: "Device RPC, devices and their owners, as ThingsBoard and Tempus speak them.",
        version: "1",
      },
      components: {
        securitySchemes: {
          token: {
            type: "apiKey",
            in: "header",
            name: "X-Authorization",
            description: "`Bearer ` and the token of a login",
          },
        },
      },
      security: [{ token: [] }],
      // Written as data, typed by hand.
      paths: rpcPaths(families) as never,
    },
    // Routes without a word about themselves are not part of the interface.
    hideUntagged: true,
  });
}

/** Adds the document and its page. */
export function addOpenApiRoutes(app: FastifyInstance): void {
  const document = (): OpenApi => app.swagger() as unknown as OpenApi;
  for (const url of ["/swagger/json", "/v3/api-docs"]) app.get(url, async () => document());
  let page: string | undefined;
  app.get("/swagger", async (_request, reply) => {
    page ??= openApiPage(document());
    return reply.type("text/html; charset=utf-8").send(page);
  });
}
