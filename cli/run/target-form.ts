/** Which devices a workload calls: `uniform`, `zipf(s=1.1)`, `roundrobin`, `list(0, 7, 12)` or `first(100)`. Devices are counted from 0. */
import type { TargetRule } from "../../scenarios/target-rule.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../../simulator/behaviour/form.ts";

const TARGETS = ["uniform", "zipf", "roundrobin", "list", "first"] as const;

/** Reads the rule for a fleet of so many devices. */
export function parseTargets(text: string, devices: number): TargetRule | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const name = TARGETS.find((each) => each === form.name);
  if (name === undefined) return problem(`unknown targets "${form.name}", expected one of ${TARGETS.join(", ")}`);
  const reader = new FormReader(form);
  const rule = readRule(name, reader, { devices, given: form.values.size });
  return reader.problems.length > 0 ? problem(reader.problems.join("; ")) : rule;
}

function readRule(
  name: (typeof TARGETS)[number],
  reader: FormReader,
  { devices, given }: { readonly devices: number; readonly given: number },
): TargetRule {
  if (name === "zipf") {
    const s = reader.number("s", 0, { least: 0, most: 10 }, 1.1);
    reader.finish(["s"]);
    return { kind: "zipf", s };
  }
  if (name === "list") {
    if (given === 0) reader.refuse("needs devices, such as list(0, 7)");
    const most = devices - 1;
    const list = Array.from({ length: given }, (_, i) => reader.count(`device ${i + 1}`, i, { least: 0, most }));
    reader.finish(["devices"]);
    return { kind: "list", devices: list };
  }
  if (name === "first") {
    const count = reader.count("n", 0, { least: 1, most: devices });
    reader.finish(["n"]);
    return { kind: "list", devices: Array.from({ length: count }, (_, i) => i) };
  }
  reader.finish([]);
  return { kind: name };
}
