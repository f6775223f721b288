/** Metrics of a run to a collector of OpenTelemetry, over OTLP/HTTP with JSON. */

const METRICS_PATH = "/v1/metrics";
const PATIENCE_MS = 5_000;

/** Where a collector of this address takes metrics: its own path, or the usual one. Undefined when it is no such address. */
export function metricsUrl(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (!["http:", "https:"].includes(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  if (!url.pathname.endsWith(METRICS_PATH)) url.pathname = url.pathname.replace(/\/$/, "") + METRICS_PATH;
  return url.href;
}

/** Posts the document once. Returns what went wrong in one line; undefined when the collector took every figure. Never rejects. */
export async function postMetrics(endpoint: string, document: string): Promise<string | undefined> {
  const url = metricsUrl(endpoint) ?? endpoint;
  const failed = (why: string): string => `metrics not delivered to ${url}: ${why}; the verdict does not depend on it`;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: document,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const answer = await response.text();
    if (!response.ok) return failed(`HTTP ${response.status}`);
    const rejected = rejectedPoints(answer);
    return rejected === 0 ? undefined : failed(`${rejected} data points were rejected`);
  } catch (error) {
    return failed(causeOf(error as Error));
  }
}

/** A collector that takes a part of the document says so in a body of status 200; anything else there is none of ours. */
function rejectedPoints(answer: string): number {
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedDataPoints?: string | number } };
    return Number(partialSuccess?.rejectedDataPoints ?? 0);
  } catch {
    return 0;
  }
}

function causeOf(error: Error): string {
  if (error.name === "TimeoutError") return `no answer within ${PATIENCE_MS / 1_000} s`;
  // What fetch rejects with says only that it failed; the reason is its cause.
  const cause = error.cause instanceof Error ? (error.cause as NodeJS.ErrnoException) : error;
  return ((cause as NodeJS.ErrnoException).code ?? cause.message).replace(/\s+/g, " ");
}
