/** What the server's own account of every call costs: two-way calls with the journal on, against the same server with it off. */
import { startOurServer } from "./children.ts";
import type { Section } from "./figures.ts";
import { connectFleet } from "./our-fleet.ts";
import { openOurs } from "./our-side.ts";
import type { BenchSize } from "./size.ts";
import { measureOnce, pairing } from "./two-way.ts";

export async function measureJournal(size: BenchSize, say: (line: string) => void): Promise<Section> {
  const children = [startOurServer("--journal"), startOurServer()] as const;
  const sides = [await openOurs(children[0], size.devices), await openOurs(children[1], size.devices)] as const;
  const pairs = sides.map((server) => pairing(server, 0, size));
  const fleets = [await connectFleet(sides[0], sides[0].devices), await connectFleet(sides[1], sides[1].devices)];
  for (let repetition = 0; repetition <= size.repetitions; repetition++) {
    say(`the journal: ${repetition === 0 ? "warming up" : `repetition ${repetition} of ${size.repetitions}`}`);
    for (const each of pairs) await measureOnce(each, size, repetition > 0);
    for (const fleet of fleets) await fleet.drain(0, 1_000);
  }
  for (const fleet of fleets) await fleet.close();
  for (const child of children) await child.stop();
  const [journal, plain] = pairs;
  return {
    repetitions: size.repetitions,
    title: `The server's journal (closed loop, ${size.callers} callers, ${size.devices} devices)`,
    ours: "with --journal",
    theirs: "without",
    rows: [
      {
        name: "two-way calls",
        unit: "calls/s",
        better: "more",
        ours: journal?.callsPerSecond ?? [],
        theirs: plain?.callsPerSecond ?? [],
        goal: 0.95,
      },
      {
        name: "server CPU",
        unit: "us/call",
        better: "less",
        ours: journal?.serverCpuUs ?? [],
        theirs: plain?.serverCpuUs ?? [],
      },
    ],
    notes: [],
  };
}
