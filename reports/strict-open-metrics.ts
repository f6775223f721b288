/** For tests: OpenMetrics 1.0 text, read strictly. */

export interface Sample {
  readonly family: string;
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total"],
  gauge: [""],
  info: ["_info"],
  summary: ["", "_count", "_sum"],
  histogram: ["_bucket", "_count", "_sum"],
};
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

interface Family {
  readonly name: string;
  readonly type: string;
}

/** Every sample; throws Error with the number of the line that the format does not allow. */
export function readOpenMetrics(text: string): Sample[] {
  if (!text.endsWith("\n# EOF\n")) throw new Error("the text does not end with # EOF");
  const lines = text.slice(0, -"# EOF\n".length).trimEnd().split("\n");
  const samples: Sample[] = [];
  const families = new Set<string>();
  const seen = new Set<string>();
  let family: Family = { name: "", type: "" };
  for (const [index, line] of lines.entries()) {
    const refuse = (why: string): never => {
      throw new Error(`line ${index + 1}: ${why}: ${line}`);
    };
    const about = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
    if (about !== null) {
      const [, word, name = "", rest = ""] = about;
      if (word === "TYPE") {
        if (families.has(name)) refuse("family declared twice");
        if (SUFFIXES[rest] === undefined || !NAME.test(name)) refuse("no such type or name");
        families.add(name);
        family = { name, type: rest };
      }
      if (name !== family.name) refuse("metadata of another family");
      if (word === "UNIT" && !name.endsWith(`_${rest}`)) refuse("unit is not the end of the name");
      continue;
    }
    const sample = readSample(line, family) ?? refuse("no sample of its family");
    const key = `${sample.family}${sample.suffix}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) refuse("the same sample twice");
    seen.add(key);
    samples.push(sample);
  }
  checkHistograms(samples);
  return samples;
}

function readSample(line: string, { name, type }: Family): Sample | undefined {
  const match = /^([a-zA-Z_:][\w:]*)\{((?:[^"{}]|"(?:[^"\\\n]|\\.)*")*)\} (\S+)$/.exec(line);
  const [, full = "", written = "", number = ""] = match ?? [];
  const suffix = full.slice(name.length);
  if (!full.startsWith(name) || !SUFFIXES[type]?.includes(suffix) || !NUMBER.test(number)) return undefined;
  const labels: Record<string, string> = {};
  const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
  while (label.lastIndex < written.length) {
    const found = label.exec(written);
    if (found === null || Object.hasOwn(labels, found[1] as string)) return undefined;
    labels[found[1] as string] = (found[2] as string).replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
  }
  return { family: name, suffix, labels, value: Number(number) };
}

/** Buckets ascend, end at +Inf, and the last one is the count. */
function checkHistograms(samples: readonly Sample[]): void {
  const buckets = samples.filter(({ suffix }) => suffix === "_bucket");
  for (const family of new Set(buckets.map((one) => one.family))) {
    const own = buckets.filter((one) => one.family === family);
    const count = samples.find((one) => one.family === family && one.suffix === "_count")?.value;
    const bounds = own.map(({ labels }) => (labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le)));
    for (const [index, one] of own.entries()) {
      const before = own[index - 1];
      if (
        before !== undefined &&
        (before.value > one.value || !((bounds[index - 1] as number) < (bounds[index] as number)))
      )
        throw new Error(`buckets of ${family} do not ascend`);
    }
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || own.at(-1)?.value !== count)
      throw new Error(`the last bucket of ${family} is not its count`);
  }
}
