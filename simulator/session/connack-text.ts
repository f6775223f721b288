/** What the return codes of CONNACK mean (MQTT 3.1.1, section 3.2.2.3). */
const CONNACK_TEXT = [
  "",
  "unacceptable protocol",
  "client id rejected",
  "server unavailable",
  "bad credentials",
  "not authorized",
];

/** Why the server refused a connection; code 0 is no refusal. */
export function refusalText(code: number): string {
  return `refused: ${CONNACK_TEXT[code] ?? `code ${code}`}`;
}
