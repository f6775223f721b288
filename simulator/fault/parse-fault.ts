/** Faults by their short text form: `drop(p=1%)`, `error(2%)`, `late(p=1%, by=500ms)`, `disconnect(1%, reconnect=1s)`. */
import { faultPurpose, type RandomStream } from "../../protocol/random.ts";
import { PASS, type RequestContext } from "../../protocol/reaction.ts";
import { type FormProblem, FormReader, isProblem, parseForm, problem } from "../behaviour/form.ts";
import { CONNECTION_FAULTS } from "./connection-faults.ts";
import type { ConnectAttempt, ConnectSettings, DeviceFault, FaultContext, FaultKind } from "./device-fault.ts";
import { REQUEST_FAULTS } from "./request-faults.ts";
import { SELECTOR_ARGUMENTS, Selector } from "./selector.ts";

export const FAULT_KINDS: ReadonlyMap<string, FaultKind> = new Map(
  [...REQUEST_FAULTS, ...CONNECTION_FAULTS].map((kind) => [kind.name, kind]),
);

/**
 * Reads a fault form. `earlier` are the faults before it in the same list: a second one of a kind draws for itself. Arguments by
 * position are the fault's own after `p`.
 */
export function parseFault(
  text: string,
  context: Omit<FaultContext, "schedule">,
  earlier: readonly DeviceFault[] = [],
): DeviceFault | FormProblem {
  const form = parseForm(text);
  if (isProblem(form)) return form;
  const kind = FAULT_KINDS.get(form.name);
  if (kind === undefined) {
    return problem(`unknown fault "${form.name}", expected one of ${[...FAULT_KINDS.keys()].join(", ")}`);
  }
  const reader = new FormReader(form);
  const occurrence = earlier.filter((fault) => fault.kind === kind).length + 1;
  const selector = new Selector(form.name, reader, { occurrence, heedsSchedule: kind.windowed !== true });
  const programme = kind.read(reader, { ...context, schedule: selector.schedule });
  reader.finish([...SELECTOR_ARGUMENTS, ...kind.arguments]);
  if (reader.problems.length > 0) return problem([...new Set(reader.problems)].join("; "));
  const clash = earlier.find((fault) => faultPurpose(fault.stream) === faultPurpose(selector.stream));
  if (clash !== undefined) {
    return problem(`${form.name}: would share the random stream of ${clash.name}; give it another name=`);
  }
  return {
    name: text,
    kind,
    stream: selector.stream,
    counts: selector.counts,
    windows: selector.schedule.shown(),
    ...wire(programme, selector, kind.picksDevices === true),
  };
}

type Wired = Pick<DeviceFault, "judge" | "spared" | "connect" | "life" | "lived">;

function wire(
  { notice, verdict, connect, life }: ReturnType<FaultKind["read"]>,
  selector: Selector,
  sticky: boolean,
): Wired {
  const spared = (): void => {
    selector.counts.fired--;
  };
  return {
    spared,
    judge:
      verdict &&
      ((request: RequestContext, random: RandomStream) => {
        const decided = selector.fires(request, random, sticky) ? verdict(request, random) : undefined;
        if (decided === PASS) spared();
        notice?.(request);
        return decided ?? PASS;
      }),
    connect:
      connect &&
      ((settings: ConnectSettings, attempt: ConnectAttempt, random: RandomStream) =>
        selector.firesOnConnect(attempt, random) ? connect(settings, attempt, random) : settings),
    life:
      life &&
      ((device: number, random: RandomStream) => {
        if (!selector.picksDevice(device, random)) return undefined;
        const draw = (question: number): RandomStream => selector.lifeDraw(device, question, random);
        return life({ device, draw, windows: () => selector.schedule.windows() });
      }),
    lived: (carriedOut) => {
      selector.counts.matched++;
      if (carriedOut) selector.counts.fired++;
    },
  };
}
