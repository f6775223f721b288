/** What operators and orchestrators ask: is it alive, may it have traffic, which version, how is it doing. No token is needed. */
import type { FastifyInstance } from "fastify";
import type { ServerMetrics } from "../metrics.ts";
import { CONTENT_TYPES, errorAnswer, PROBLEMS } from "./errors.ts";

export interface OperationsContext {
  readonly metrics: ServerMetrics;
  readonly dialectName: string;
  /** False from the moment the server begins to stop. */
  readonly isReady: () => boolean;
}

export function addOperationRoutes(app: FastifyInstance, { metrics, dialectName, isReady }: OperationsContext): void {
  app.get("/api/noauth/health", async () => ({ status: "UP" }));
  app.get("/api/noauth/ready", async (_request, reply) => {
    if (isReady()) return { status: "READY" };
    return reply.code(503).type(CONTENT_TYPES.json).send(errorAnswer(PROBLEMS.shuttingDown).body);
  });
  app.get("/api/noauth/version", async () => ({ server: "rpcfleet", dialect: dialectName }));
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
