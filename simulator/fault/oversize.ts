/** B9: the reply is blown up to a size that no server takes. */
import type { FaultKind } from "./device-fault.ts";

const PADDING = ',"padding":""}';

/** Still JSON where it was, so that size is all that is wrong with it. */
export const oversize: FaultKind = {
  name: "oversize",
  id: "B9",
  standard: "maximum packet size test",
  does: "answers with `bytes` (65537) bytes or more of JSON, by a member `padding`",
  arguments: ["bytes"],
  read: (reader) => {
    const bytes = reader.count("bytes", 1, { fallback: 65_537, least: 1 });
    return {
      verdict: () => ({
        kind: "edit",
        edit: (payload) => {
          const head = String(payload).replace(/\}$/, "");
          const comma = head.endsWith("{") ? 1 : 0;
          const missing = Math.max(0, bytes - head.length - PADDING.length + comma);
          return `${head}${PADDING.slice(comma, -2)}${"x".repeat(missing)}${PADDING.slice(-2)}`;
        },
      }),
    };
  },
};
