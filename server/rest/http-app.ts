/**
 * The HTTP side: a Node server whose RPC requests go straight to `rest/rpc.ts`; everything else is Fastify's. RPC needs none of
 * what a framework adds (its body is raw text, its answers are not schemas), and it is the path that is measured.
 */
import { createServer, type Server } from "node:http";
import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import type { ServerSettings } from "../options.ts";
import type { DeviceRoute } from "../transport/http/device-api.ts";
import { type AdmissionContext, addAdmission } from "./admission.ts";
import { type AttributesContext, addAttributeRoutes } from "./attributes.ts";
import { type AuthContext, addAuthRoutes } from "./auth.ts";
import { addBulkImportRoute } from "./bulk-import.ts";
import { addCustomerRoutes, type CustomerContext } from "./customers.ts";
import { addDashboardRoutes } from "./dashboards.ts";
import { addDeviceListRoutes } from "./device-lists.ts";
import { addDeviceRoutes, type DeviceContext } from "./devices.ts";
import { ApiError, CONTENT_TYPES, errorAnswer, PayloadTooLargeError, PROBLEMS, payloadTooLarge } from "./errors.ts";
import { addOpenApi, addOpenApiRoutes } from "./openapi.ts";
import { addOperationRoutes, type OperationsContext } from "./operations.ts";
import { addProfileRoutes } from "./profiles.ts";
import { methodNotAllowed, type RpcRoute } from "./rpc.ts";
import { addPersistentRoutes, type PersistentContext } from "./rpc-persistent.ts";
import { addTenantRoutes } from "./tenants.ts";
import { addUserRoutes } from "./users.ts";

export interface HttpContext
  extends AuthContext,
    Omit<AdmissionContext, "maxPayloadBytes">,
    Omit<DeviceContext, "attributes">,
    AttributesContext,
    CustomerContext,
    PersistentContext,
    OperationsContext {
  readonly rpc: RpcRoute;
  /** The HTTP device API. */
  readonly deviceRoute: DeviceRoute;
  readonly settings: ServerSettings;
}

/** The application, not listening yet. */
export function createHttpApp(context: HttpContext): FastifyInstance {
  const { settings, rpc, deviceRoute } = context;
  const app = fastify({
    bodyLimit: settings.maxPayloadBytes,
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory: (handler): Server => {
      const server = createServer({ noDelay: true }, (request, response) => {
        if (!rpc(request, response) && !deviceRoute(request, response)) handler(request, response);
      });
      server.keepAliveTimeout = settings.keepAliveTimeoutMs;
      return server;
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  addErrorAnswers(app, settings);
  // Schemas are for the document: bodies are read by the routes, which name every problem in the original's way.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  addAdmission(app, { ...context, maxPayloadBytes: settings.maxPayloadBytes });
  addOpenApi(app, settings.families);
  // In a scope of their own, which is loaded after the plugin that has to see them.
  app.register(async (scope) => addRoutes(scope, context));
  return app;
}

function addRoutes(app: FastifyInstance, context: HttpContext): void {
  const { settings } = context;
  addAuthRoutes(app, context);
  addDeviceRoutes(app, context);
  addDeviceListRoutes(app, context);
  addAttributeRoutes(app, context);
  addBulkImportRoute(app, context);
  addCustomerRoutes(app, context);
  addUserRoutes(app, context);
  addTenantRoutes(app, context);
  addProfileRoutes(app, context);
  addDashboardRoutes(app, context);
  if (settings.dialect !== "tempus") addPersistentRoutes(app, context);
  addOpenApiRoutes(app);
  addOperationRoutes(app, context);
}

function addErrorAnswers(app: FastifyInstance, settings: ServerSettings): void {
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error instanceof ApiError) {
      const answer = errorAnswer(error.problem);
      return reply.code(answer.status).type(CONTENT_TYPES.json).send(answer.body);
    }
    if (error instanceof PayloadTooLargeError || error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
      const answer = payloadTooLarge(settings.maxPayloadBytes);
      return reply.code(answer.status).type(CONTENT_TYPES.json).send(answer.body);
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) settings.logger.error({ err: error }, "request failed");
    const problem = status < 500 ? { status, errorCode: 31, message: error.message } : PROBLEMS.internal;
    return reply.code(status).type(CONTENT_TYPES.json).send(errorAnswer(problem).body);
  });
  const paths: RegExp[] = [];
  app.addHook("onRoute", ({ url }) => {
    paths.push(new RegExp(`^${url.replace(/:\w+/g, "[^/]+")}/?$`));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] as string;
    const otherVerb = paths.some((pattern) => pattern.test(path));
    const problem = otherVerb ? methodNotAllowed(request.method) : PROBLEMS.notFound;
    return reply.code(problem.status).type(CONTENT_TYPES.json).send(errorAnswer(problem).body);
  });
}
