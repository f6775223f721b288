/** How a Call's settlement is told over HTTP: the outcome table of contract 4.5. */
import type { Dialect } from "../../protocol/dialect.ts";
import type { Settlement } from "../../protocol/requester/requester-io.ts";
import { type Answer, emptyAnswer, errorAnswer, PROBLEMS } from "./errors.ts";
import { compactJson, readFirstJson } from "./first-json.ts";

/** The answer to a Call that ended as `settlement` says. */
export function answerOf(settlement: Settlement, dialect: Dialect): Answer {
  switch (settlement.kind) {
    case "reply":
      return replyAnswer(settlement.payload);
    case "handed_over":
      return emptyAnswer(200);
    case "timeout":
    case "dropped":
      return emptyAnswer(dialect.timeoutStatus);
    case "no_connection":
      return emptyAnswer(dialect.noConnectionStatus);
    case "wall":
      return errorAnswer(PROBLEMS.requestTimeout);
    case "cancelled":
      return errorAnswer(PROBLEMS.shuttingDown);
  }
}

/** The device's words: JSON goes through, nothing is nothing, anything else is 406. An error the device reports is its reply. */
function replyAnswer(payload: string): Answer {
  if (payload === "") return emptyAnswer(200);
  const first = readFirstJson(payload);
  return first === undefined ? emptyAnswer(406) : { status: 200, body: compactJson(first.text), type: "json" };
}
