/**
 * `shared(form, w=0.5, slice=1s)`: devices that are slow together, as in a congested site. A one-factor Gaussian copula: z = sqrt(w) M +
 * sqrt(1 - w) e, with M drawn once for all devices and each slice of time, and e the request's own. The distribution of each
 * device's delays stays the form's for every w. `group=2` is another site: its M is independent of that of group 1.
 */
import { normalCdf, normalQuantile } from "../../../protocol/exact-math.ts";
import { ENTITY, PURPOSE } from "../../../protocol/random.ts";
import type { FormReader } from "../form.ts";
import { openShare } from "./marginal.ts";
import { byRank, type FormScope, type LatencyNode } from "./node.ts";
import { readNested } from "./time-varying.ts";

export function readShared(reader: FormReader, scope: FormScope): LatencyNode | undefined {
  const inner = readNested(reader, scope, "form", 0);
  const w = reader.share("w", 1);
  const slice = reader.duration("slice", 2);
  const group = reader.count("group", -1, { least: 1, fallback: 1 });
  if (reader.problems.length === 0 && slice === 0) reader.refuse("slice must be above 0s");
  if (inner === undefined) return undefined;
  const ranked = byRank(inner);
  const [ofAll, ofOwn] = [Math.sqrt(w), Math.sqrt(1 - w)];
  let current = -1;
  let factor = 0;
  return {
    value: (u, context, random) => {
      const index = Math.floor(context.at / slice);
      if (index !== current) {
        current = index;
        factor = normalQuantile(random.seek(ENTITY.fleet, PURPOSE.sharedFactor, index, group - 1).uniform());
      }
      const z = ofAll * factor + ofOwn * normalQuantile(u);
      return ranked.value(openShare(normalCdf(z)), context, random);
    },
    marginal: inner.marginal,
    independent: false,
  };
}
