/** An OpenAPI document as one page to read: no script, no network. */

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: { readonly [name: string]: { readonly value: unknown } };
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly nullable?: boolean;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly [type: string]: Media } };
  readonly responses: {
    readonly [status: string]: { readonly description: string; readonly content?: { readonly [type: string]: Media } };
  };
}

/** As much of a document as the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
details{border:1px solid #d5dce4;border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}summary{cursor:pointer}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{background:#f2f5f8;padding:.6rem;border-radius:4px;overflow-x:auto}
.method{display:inline-block;min-width:4.5rem;font-weight:600}.note{color:#55636f}
table{border-collapse:collapse}td,th{border-top:1px solid #d5dce4;padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
@media(prefers-color-scheme:dark){body{color:#dfe6ec;background:#12181e}pre{background:#1d262f}details,td,th{border-color:#33404c}
.note{color:#98a6b3}a{color:#7db5ff}}`;

export function openApiPage({ info, paths }: OpenApi): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), route(method.toUpperCase(), path, operation)]);
    }
  }
  const sections = [...groups].map(([tag, routes]) => `<h2>${escapeHtml(tag)}</h2>\n${routes.join("\n")}`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(info.title)}</h1>
<p>${escapeHtml(info.description ?? "")} The same as a document: <a href="/swagger/json">OpenAPI, JSON</a>.</p>
<p>Send the token of <code>POST /api/auth/login</code> as <code>X-Authorization: Bearer …</code>.</p>
${sections.join("\n")}
</body></html>
`;
}

function route(method: string, path: string, operation: Operation): string {
  const { summary, security, parameters, requestBody, responses } = operation;
  const open = security !== undefined && security.length === 0 ? ' <span class="note">without a token</span>' : "";
  const media = Object.values(requestBody?.content ?? {})[0];
  const parts = [
    parameters === undefined ? "" : parameterTable(parameters),
    media?.schema === undefined ? "" : `<h4>Body</h4>${bodyTable(media.schema)}${example(exampleOf(media))}`,
    `<h4>Answers</h4>${answerTable(responses)}`,
  ];
  return `<details><summary><code><span class="method">${method}</span> ${escapeHtml(path)}</code> ${escapeHtml(summary ?? "")}${open}</summary>
${parts.join("\n")}</details>`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: place, required, schema }) => [name, place, typeOf(schema), need(required)]);
  return `<h4>Parameters</h4>${table(rows)}`;
}

function bodyTable({ properties, required }: Schema): string {
  const rows = Object.entries(properties ?? {}).map(([name, schema]) => {
    return [name, typeOf(schema), need(required?.includes(name)), schema.description ?? ""];
  });
  return table(rows);
}

function answerTable(responses: Operation["responses"]): string {
  const rows = Object.entries(responses).map(([status, { description, content }]) => {
    const shown = exampleOf(Object.values(content ?? {})[0]);
    return `<tr><td><code>${escapeHtml(status)}</code></td><td>${escapeHtml(description)}${example(shown)}</td></tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

function table(rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string => row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
  return rows.length === 0 ? "" : `<table>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("")}</table>`;
}

function exampleOf(media: Media | undefined): unknown {
  return media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
}

function example(value: unknown): string {
  if (value === undefined) return "";
  return `<pre>${escapeHtml(typeof value === "string" ? value : JSON.stringify(value, null, 2))}</pre>`;
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return "any";
  if (schema.enum !== undefined) return schema.enum.join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" or ");
  return schema.type ?? "any";
}

function need(required: boolean | undefined): string {
  return required === true ? "required" : "optional";
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
