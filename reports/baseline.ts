/** What of another run a Gate may be held against; any Summary has it, and a run keeps it so that its reports can be made again. */
import type { z } from "zod";
import { summarySchema } from "./summary-schema.ts";

export const baselineSchema = summarySchema.pick({
  scenario: true,
  health: true,
  throughput: true,
  responseTimeUs: true,
  responseTimeAllUs: true,
  serviceTimeUs: true,
  sendLagUs: true,
  overheadUs: true,
  deviceTimeUs: true,
  replyLagUs: true,
});

export type Baseline = z.infer<typeof baselineSchema>;
