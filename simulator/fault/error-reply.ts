/** B10: the device reports an error of its own; ThingsBoard passes it on with status 200. */
import type { Json } from "../../protocol/message.ts";
import type { FaultKind } from "./device-fault.ts";

/** What devices in the field call an error. */
const SHAPES = {
  object: { error: "device failure" },
  code: { error: { code: 500, message: "device failure" } },
  status: { success: false, status: 500 },
  text: "ERROR",
  list: [{ error: "device failure" }],
} as const satisfies Readonly<Record<string, Json>>;
type Shape = keyof typeof SHAPES;

export const errorReply: FaultKind = {
  name: "error",
  id: "B10",
  standard: "outcome, errorStatus, abort",
  does: `answers with an \`error\`; \`shape\` is ${Object.keys(SHAPES).join(", ")} (object)`,
  arguments: ["shape"],
  read: (reader) => {
    const reply = SHAPES[reader.choice<Shape>("shape", Object.keys(SHAPES) as Shape[], "object")];
    return { verdict: () => ({ kind: "replace", reply }) };
  },
};
