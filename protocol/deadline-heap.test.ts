/** The heap against a model that needs no thought: a list, sorted again after every step. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { DeadlineHeap, type Scheduled } from "./deadline-heap.ts";

interface Entry extends Scheduled {
  readonly name: number;
}

type Step =
  | { readonly do: "add"; readonly deadline: number }
  | { readonly do: "move"; readonly which: number; readonly deadline: number }
  | { readonly do: "remove"; readonly which: number }
  | { readonly do: "pop" };

// Few different deadlines, so that ties are the rule.
const deadline = fc.integer({ min: 0, max: 9 });
const which = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), deadline }) },
  fc.record({ do: fc.constant("move" as const), which, deadline }),
  fc.record({ do: fc.constant("remove" as const), which }),
  fc.record({ do: fc.constant("pop" as const) }),
);

interface Modelled {
  readonly entry: Entry;
  readonly deadline: number;
  readonly entered: number;
}

function sorted(model: readonly Modelled[]): Modelled[] {
  return [...model].sort((a, b) => a.deadline - b.deadline || a.entered - b.entered);
}

it("always gives the earliest entry, and of equal ones the one that entered first", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const heap = new DeadlineHeap<Entry>();
      const all: Entry[] = [];
      let model: Modelled[] = [];
      let entered = 0;
      const enter = (entry: Entry, at: number): void => {
        model.push({ entry, deadline: at, entered: entered++ });
      };
      const leave = (entry: Entry): void => {
        model = model.filter((modelled) => modelled.entry !== entry);
      };
      for (const action of steps) {
        if (action.do === "add") {
          const entry = { name: all.length, heapIndex: -1 };
          all.push(entry);
          heap.add(entry, action.deadline);
          enter(entry, action.deadline);
        } else if (action.do === "pop") {
          const { first } = heap;
          expect(first?.name).toBe(sorted(model)[0]?.entry.name);
          if (first !== undefined) {
            heap.remove(first);
            leave(first);
          }
        } else {
          // Any entry ever made, so also those that have left.
          const entry = all[action.which % Math.max(1, all.length)];
          if (entry === undefined) continue;
          leave(entry);
          if (action.do === "remove") heap.remove(entry);
          else {
            heap.move(entry, action.deadline);
            enter(entry, action.deadline);
          }
        }
        expect(heap.size).toBe(model.length);
        expect(heap.first?.name).toBe(sorted(model)[0]?.entry.name);
        expect(heap.firstDeadline).toBe(sorted(model)[0]?.deadline);
        for (const entry of all)
          expect(heap.deadlineOf(entry)).toBe(model.find((each) => each.entry === entry)?.deadline);
      }
      const left: number[] = [];
      for (let { first } = heap; first !== undefined; first = heap.first) {
        left.push(first.name);
        heap.remove(first);
        expect(first.heapIndex).toBe(-1);
      }
      expect(left).toEqual(sorted(model).map(({ entry }) => entry.name));
    }),
    { numRuns: 300 },
  );
});
